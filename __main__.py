"""Start the plugin from a checkout: Pulumi runs this folder by the environment that PulumiPlugin.yaml names."""

import sys

from hyperv_migration.faces.plugin.server import main

sys.exit(main())
