"""The words a recording may carry as they are: those of the protocols and of Windows' public class schema.

Everything else becomes a placeholder. An allow list, because nobody can list the names of a company beforehand.
"""

from __future__ import annotations

import re

_WORDS = """
http https www org com schemas xmlsoap dmtf microsoft w3 ws wbem wsman wscim wsmanfault xsd xml xmlns lang
addressing transfer enumeration eventing soap-envelope xmlschema xmlschema-instance cimbinding cim-schema common
role anonymous fault faultdetail uuid enumerate enumerateresponse pull pullresponse release releaseresponse get
getresponse root cimv2 standardcimv2 virtualization v2 windows deviceguard mscluster wmi wql wsmid
s a w n p f m e b x cim xsi type nil true false
select from where like and or not is null
sender receiver mustunderstand accessdenied invalidparameter invalidselectors destinationunreachable
cannotprocessfilter filterdialectrequestedunavailable invalidenumerationcontext timedout actionnotsupported
actionmismatch concurrency alreadyexists encodinglimit invalidoptions quotalimit schemavalidationerror
unsupportedfeature internalerror invalidresourceuri unexpectedselectors insufficientselectors ambiguousselectors
invalidvalue maxenvelopesizeexceeded minimumenvelopelimit messageinformationheaderrequired versionmismatch
invalidnamespaces missingvalues optionlimit filteringrequired addressingmode
provider c system32 wsmwmipl dll hresult getobject execquery execmethod win32
cimunsignedint cimunsignedshort cimstring cimuint32 cimuint16
name creationclassname systemname systemcreationclassname instanceid __cimnamespace deviceid
migrationwmi migrationcapabilities usermanaged usermanagedallnetworks clustermanaged
instance classname property value string boolean uint8 uint16 uint32 uint64 sint8 sint16 sint32 sint64 datetime
modifyservicesettings addnetworksettings modifynetworksettings removenetworksettings geterrorex
enablevirtualsystemmigration maximumactivevirtualsystemmigration maximumactivestoragemigration authenticationtype
enablecompression enablesmbtransport subnetnumber prefixlength metric tags
ok iscim_error
cn ou dc ad cifs host hyper-v virtual system migration service
objectclass objectcategory computer serviceprincipalname useraccountcontrol msds-allowedtodelegateto
msds-replattributemetadata replpropertymetadata defaultnamingcontext configurationnamingcontext dnshostname
domaincontrollerfunctionality domainfunctionality forestfunctionality supportedsaslmechanisms supportedcontrol
distinguishedname objectguid samaccountname fsmoroleowner msds-hasdomainncs computers sites servers
configuration default-first-site-name ntds settings
gssapi gss-spnego external digest-md5
read search modify modify_add modify_delete octets entries
secerr svcerr ldaperr nameerr attrerr direrr att problem data 1001 1005 1006 2001 2006 4003 5001 5003
insuff_access_rights constraint_att_type att_or_value_exists
no_attribute_or_val no_object invalid_att_syntax will_not_perform busy unavailable v4563
ds_repl_attr_meta_data pszattributename dwversion ftimelastoriginatingchange uuidlastoriginatingdsainvocationid
usnoriginatingchange usnlocalchange pszlastoriginatingdsadn
5985 5986 389 636 msvm_nosuchclass nosuchnamespace absent
"""
WORDS = frozenset(_WORDS.split())

SHAPES = re.compile(
    r"""
    (?:Msvm|CIM|Win32|MSFT|MSCluster)_[A-Za-z]+(?:_Type|_INPUT|_OUTPUT)?  # classes of the public schema
    | (?:Modify|Add|Remove)[A-Za-z]*Settings(?:Response|_INPUT|_OUTPUT|_OUTPUT_Type)?
    | GetErrorEx_(?:INPUT|OUTPUT)
    | __ExtendedStatus
    | 0x[0-9A-Fa-f]{1,8}                # HRESULT and WinRM numbers
    | 0000[0-9A-Fa-f]{4}                # the Windows number at the head of an LDAP diagnostic text
    | DSID-[0-9A-Fa-f]{8}
    | PT?[0-9][0-9DHMS]*|[0-9]{3}S      # durations, in the parts a full stop leaves of them
    | [0-9]{1,2}
    """,
    re.VERBOSE,
)
"""Words of the protocols that no list holds one by one."""

OPEN_PROPERTIES = frozenset(
    {
        "BuildNumber",
        "OSType",
        "ProductType",
        "OperatingSystemSKU",
        "DomainRole",
        "PartOfDomain",
        "HypervisorPresent",
        "CreationClassName",
        "CSCreationClassName",
    }
)
"""What of the Windows classes beside Hyper-V is shown; their other values (owner, serial number, …) answer no question."""
