"""Says in a file's own metadata that a program made it: LIST INFO and XMP in WAV, XMP in MPEG-4.

Conventions: nothing but chunks and boxes after the sound is added, so that samples and packets stay what they were. The
statement is IPTC's *digital source type*: ``trainedAlgorithmicMedia`` for music, for even the engine without weights
plays with a feel that was measured on drummers; ``compositeWithTrainedAlgorithmicMedia`` for a film, whose picture is
the person's. What the person wrote is never put into a file that is published.

Sources: IPTC NewsCodes digitalsourcetype; Adobe XMP Specification Part 3 (WAV chunk ``_PMX``, MPEG-4 box of that UUID);
Multimedia Programming Interface 1.0 (LIST INFO).
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import BinaryIO

from assistant import __version__
from assistant.audio.riff import Chunk, append_chunks, chunk_places
from assistant.errors import OutputError

MUSIC = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
FILM = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
STATEMENT = "Music composed by a computer program (AI-generated)."
TOOL = f"Cuewright {__version__}"

XMP_UUID = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
MPEG4 = frozenset({".mp4", ".m4a", ".mov"})
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
 Iptc4xmpExt:DigitalSourceType="{kind}" xmp:CreatorTool="{tool}">
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{statement}</rdf:li></rdf:Alt></dc:description>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def source_type(name: str) -> str:
    """IPTC's digital source type of a file of a delivery.

    Examples
    --------
    >>> source_type("stems/lead.wav").rpartition("/")[2], source_type("scored.mp4").rpartition("/")[2]
    ('trainedAlgorithmicMedia', 'compositeWithTrainedAlgorithmicMedia')
    """
    return FILM if Path(name).stem == "scored" else MUSIC


def disclose(path: Path) -> bool:
    """Put the statement into a file; False where its kind has no place for it, or it is not as its name says."""
    xmp = _XMP.format(kind=source_type(path.name), tool=TOOL, statement=STATEMENT).encode()
    with path.open("r+b") as file:
        if path.suffix == ".wav":
            return _into_wav(file, xmp)
        if path.suffix in MPEG4:
            return _into_mpeg4(file, xmp)
    return False


def _into_wav(file: BinaryIO, xmp: bytes) -> bool:
    """Two chunks at the end; LIST INFO only where the file has none yet."""
    try:
        places = list(chunk_places(file))
    except OutputError:
        return False
    has_info = any(name == b"LIST" and _reads(file, start, b"INFO") for name, start, _ in places)
    info = (_said(b"ICMT", f"{STATEMENT} {MUSIC}"), _said(b"ISFT", TOOL))
    told = [] if has_info else [Chunk(b"LIST", b"INFO" + b"".join(chunk.packed for chunk in info))]
    append_chunks(file, [*told, Chunk(b"_PMX", xmp)])
    return True


def _said(name: bytes, text: str) -> Chunk:
    """A text of LIST INFO: it ends in a zero."""
    return Chunk(name, text.encode() + b"\0")


def _reads(file: BinaryIO, at: int, what: bytes) -> bool:
    """Whether something stands at a place of a file."""
    file.seek(at)
    return file.read(len(what)) == what


def _into_mpeg4(file: BinaryIO, xmp: bytes) -> bool:
    """A box at the end, where it moves nothing."""
    if file.read(8)[4:] != b"ftyp":
        return False
    file.seek(0, 2)
    file.write(struct.pack(">I4s", 24 + len(xmp), b"uuid") + XMP_UUID + xmp)
    return True
