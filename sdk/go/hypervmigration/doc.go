// Hyper-V live migration between hosts outside a failover cluster.
package hypervmigration
