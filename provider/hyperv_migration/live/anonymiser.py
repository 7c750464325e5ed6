"""Names out of what was seen: every word that is not of the protocols becomes a placeholder, the same word the same one."""

from __future__ import annotations

import base64
import ipaddress
import re
from collections.abc import Iterator
from xml.dom import minidom
from xml.parsers.expat import ExpatError

from defusedxml import DefusedXmlException
from defusedxml.minidom import parseString

from hyperv_migration.live import vocabulary
from hyperv_migration.wsman import names

_LONGEST_NETBIOS = 15
_SHORTEST_TELLING = 3
_OPEN_NAMESPACES = ("/root/virtualization/v2/", "/root/microsoft/windows/deviceguard/")
_OURS = tuple(ipaddress.ip_network(each) for each in ("192.0.2.0/24", "2001:db8::/64"))
"""The documentation ranges the questions are asked with."""
_PLAIN = frozenset({"0.0.0.0", "::", "::0", "127.0.0.1", "::1"})  # noqa: S104 - nothing is bound

_WORD = r"[^\x00-\x20!-,./:-@\[-^`{-\x7f]+"
"""ASCII letters, digits, _ and -, and everything beyond ASCII: a name may be of any script."""
_TOKEN = re.compile(
    rf"""
    (?P<uri>http://(?:schemas\.(?:microsoft|dmtf|xmlsoap)|www\.w3)\.(?:com|org)/[\w./\#*-]*)
    | (?P<sid>\bS-1-[0-9]+(?:-[0-9]+)+)
    | (?P<guid>(?<![\w-])[0-9A-Fa-f]{{8}}-(?:[0-9A-Fa-f]{{4}}-){{3}}[0-9A-Fa-f]{{12}}(?![\w-]))
    | (?P<v6>(?<![\w:.])[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*(?![\w]))
    | (?P<v4>(?<![\w.])[0-9]{{1,3}}(?:\.[0-9]{{1,3}}){{3}}(?![\w.]))
    | (?P<word>{_WORD})
    """,
    re.VERBOSE,
)
_WORDS_OF = re.compile(_WORD)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.Zz+-]*")
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,10}")


class Anonymiser:
    """Placeholders for one recording. Known names tell which kind of placeholder; unknown ones go as well."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._given: set[str] = set()
        self._kinds: dict[str, int] = {}
        self._placeholders: dict[str, str] = {}

    def learn(self, kind: str, name: str | None) -> None:
        """Note a name of the place: kind is host, domain or user. A DNS name's later labels are the domain's."""
        if not name or not name.strip():
            return
        self._given.add(name.strip())
        if _is_address(name.strip()):
            return
        for number, word in enumerate(_WORDS_OF.findall(name)):
            actual = "domain" if kind == "host" and number else kind
            if actual == "domain" and word.casefold() in vocabulary.WORDS:
                # Such as com or microsoft: of too many to tell anybody, and of every URI.
                continue
            if word.casefold() not in self._known:
                self._known[word.casefold()] = self._next(actual)
            if actual == "host":
                self._known.setdefault(word[:_LONGEST_NETBIOS].casefold(), self._known[word.casefold()])

    def learn_account(self, username: str | None) -> None:
        r"""Note DOMAIN\user or user@domain."""
        before, _, user = (username or "").rpartition("\\")
        user, _, suffix = user.partition("@")
        self.learn("user", user)
        self.learn("domain", before or suffix)
        self.learn("user", username if not before and not suffix else None)

    def text(self, text: str) -> str:
        """Return a text with its names replaced; punctuation and the words of the protocols stay."""
        if self._is_open(text.strip()):
            return text
        return _TOKEN.sub(self._replaced, text)

    def message(self, octets: bytes) -> str:
        """Return an envelope with its names replaced; of what is no XML only the length."""
        if not octets:
            return ""
        try:
            # Octets, so that the declaration's encoding counts; the stubs know texts only.
            document = parseString(octets, forbid_dtd=True)  # type: ignore[arg-type]
        except (ExpatError, DefusedXmlException, ValueError, LookupError):
            return f"[{len(octets)} octets that are no XML]"
        return self._document(document)

    def survivors(self, text: str) -> list[str]:
        """Return the names noted that a text still carries, plain or in base64: there must be none."""
        folded = text.casefold()
        words = {word for name in self._given if not _is_address(name) for word in _WORDS_OF.findall(name)}
        telling = sorted(
            name
            for name in (self._given | words) - _PLAIN
            if len(name) >= _SHORTEST_TELLING and name.casefold() not in vocabulary.WORDS
        )
        return [name for name in telling if _stands_in(name, folded) or any(each in text for each in _base64(name))]

    def _document(self, document: minidom.Document) -> str:
        for node in list(_nodes(document)):
            if isinstance(node, minidom.Comment | minidom.ProcessingInstruction):
                if node.parentNode is not None:
                    node.parentNode.removeChild(node)
            elif isinstance(node, minidom.Text):
                node.data = self._value(node)
            elif isinstance(node, minidom.Element):
                self._attributes(node)
        root = document.documentElement
        return root.toxml() if root is not None else ""

    def _attributes(self, element: minidom.Element) -> None:
        for attribute in list(element.attributes.values()):
            if attribute.name == "xmlns" or attribute.name.startswith("xmlns:"):
                # Structure, as tags are; a namespace that is not of the protocols is not kept either.
                kept = all(_of_protocols(word) for word in _WORDS_OF.findall(attribute.value))
                attribute.value = attribute.value if kept else self.text(attribute.value)
            elif attribute.name == "xml:lang" and re.fullmatch(r"[A-Za-z]{2}(-[A-Za-z]{2})?", attribute.value):
                continue
            else:
                attribute.value = self.text(attribute.value)

    def _value(self, node: minidom.Text) -> str:
        data: str = node.data
        if not data.strip():
            return data
        if data.lstrip().startswith("<"):
            embedded = self.message(data.strip().encode())
            return embedded if not embedded.startswith("[") else self.text(data)
        if _hidden(node.parentNode):
            return "removed"
        return re.sub("[0-9]", "0", data) if _MOMENT.fullmatch(data.strip()) else self.text(data)

    def _is_open(self, text: str) -> bool:
        return text.casefold() not in self._known and (
            _WHOLE_NUMBER.fullmatch(text) is not None or text.casefold() in {"true", "false"}
        )

    def _replaced(self, match: re.Match[str]) -> str:
        token = match[0]
        match match.lastgroup:
            case "uri":
                words = _WORDS_OF.findall(token)
                plain = all(word.casefold() not in self._known and _of_protocols(word) for word in words)
                return token if plain else self._words(token)
            case "sid":
                return self._placeholder("sid", token)
            case "guid":
                return self._guid(token)
            case "v4" | "v6":
                return self._address(token)
        return self._word(token)

    def _words(self, text: str) -> str:
        return _WORDS_OF.sub(lambda match: self._word(match[0]), text)

    def _word(self, word: str) -> str:
        known = self._known.get(word.casefold())
        if known is None:
            if not word.strip("-") or word.casefold() in vocabulary.WORDS or vocabulary.SHAPES.fullmatch(word):
                return word
            known = self._placeholder("word", word)
        return known.upper() if word.upper() == word and word.lower() != word else known

    def _guid(self, token: str) -> str:
        if set(token) <= {"0", "-"}:
            return token
        number = self._placeholder("guid", token).rpartition("-")[2]
        return f"00000000-0000-0000-0000-{int(number):012d}"

    def _address(self, token: str) -> str:
        try:
            address = ipaddress.ip_address(token)
        except ValueError:
            return self._words(token)
        if token in _PLAIN or any(address.version == ours.version and address in ours for ours in _OURS):
            return token
        number = int(self._placeholder(f"address{address.version}", str(address)).rpartition("-")[2])
        return f"198.51.100.{number}" if address.version == 4 else f"2001:db8:ffff::{number:x}"  # noqa: PLR2004

    def _placeholder(self, kind: str, value: str) -> str:
        key = f"{kind}:{value.casefold()}"
        if key not in self._placeholders:
            self._placeholders[key] = self._next(kind)
        return self._placeholders[key]

    def _next(self, kind: str) -> str:
        self._kinds[kind] = self._kinds.get(kind, 0) + 1
        return f"{kind}-{self._kinds[kind]}"


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _of_protocols(word: str) -> bool:
    folded = word.casefold()
    return folded in vocabulary.WORDS or word.isdecimal() or vocabulary.SHAPES.fullmatch(word) is not None


def _hidden(parent: minidom.Node | None) -> bool:
    """Tell whether a value is of a Windows class beside Hyper-V and not among those that are shown."""
    if isinstance(parent, minidom.Element) and parent.namespaceURI == names.CIM:
        # A datetime stands one level lower (hyperv-wsman.md §3.3).
        parent = parent.parentNode
    if not isinstance(parent, minidom.Element):
        return False
    namespace = (parent.namespaceURI or "").casefold()
    if not namespace.startswith(f"{names.WMI}/") or any(each in namespace for each in _OPEN_NAMESPACES):
        return False
    return (parent.localName or "") not in vocabulary.OPEN_PROPERTIES


def _nodes(node: minidom.Node) -> Iterator[minidom.Node]:
    for child in node.childNodes:
        yield child
        yield from _nodes(child)


def _stands_in(name: str, folded: str) -> bool:
    # Within a longer word it is another word, such as "ada" in "metadata".
    return re.search(rf"(?<![^\W_]){re.escape(name.casefold())}(?![^\W_])", folded) is not None


def _base64(name: str) -> Iterator[str]:
    for octets in (name.encode(), name.encode("utf-16-le")):
        # The end depends on what follows: whole groups of three octets only.
        whole = octets[: len(octets) // 3 * 3]
        if len(whole) >= 6:  # noqa: PLR2004 - eight letters are no accident
            yield base64.b64encode(whole).decode()
