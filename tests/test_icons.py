"""A block whose icon is missing shows an empty square without any warning."""

from wagtail import hooks

from events.blocks import AgendaStreamBlock
from prevent_content.blocks import EditorialStreamBlock


def icons() -> set[str]:
    paths: list[str] = []
    for register in hooks.get_hooks("register_icons"):
        paths = register(paths)
    return {path.rsplit("/", 1)[-1].removesuffix(".svg") for path in paths}


def test_every_blocks_icon_exists():
    blocks = {**EditorialStreamBlock().child_blocks, **AgendaStreamBlock().child_blocks}
    assert {name: block.meta.icon for name, block in blocks.items()}.items() <= {
        (name, icon) for name in blocks for icon in icons()
    }
