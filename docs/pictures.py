"""Makes all pictures of the documentation: ``pip install -e '.[docs]' && python docs/pictures.py``.

The screenshots of README and guide (SVG), the cast of the README (GIF), and the gallery (PNG).
"""

from __future__ import annotations

import asyncio

import cast
import gallery
import screenshots


async def main() -> None:
    await screenshots.main()
    await cast.main()
    await gallery.main([])


if __name__ == "__main__":
    asyncio.run(main())
