"""How Sphinx builds the documentation. It reads nothing from the network."""

import sys
from importlib.metadata import version as installed_version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "ballotproof"
author = "The ballotproof authors"
copyright = author
release = version = installed_version("ballotproof")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx_design",
    "protocol_pages",
    "proof_pages",
    "figures",
    "command_help",
]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
nitpicky = True

myst_enable_extensions = ["attrs_block", "attrs_inline", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_typehints = "description"

html_theme = "furo"
html_title = f"ballotproof {release}"
html_static_path = ["_static"]
html_css_files = ["ballotproof.css"]
html_show_copyright = False
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "navigation_with_keys": True,
    "top_of_page_buttons": [],
}
