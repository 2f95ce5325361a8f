"""voco view opens, shows the synthetic torso in four views, and asks nobody else for anything."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import view_page

view_page.skip_unless_it_can_run()


def test_the_page_opens_with_the_network_closed(tmp_path: Path) -> None:
    with view_page.serving(*view_page.voco_view()) as address:
        page = view_page.Page(address, tmp_path)
        try:
            page.says("Ready.")
            assert page.text("#apply") == "APPLY"
            for view in ("Red", "Green", "Yellow"):
                page.until(lambda view=view: page.picture(view).std() > 20, view)
            page.find("#view-View1")
            assert page.requests() == {urlsplit(address).netloc}
            assert "token" not in page.driver.current_url
            seen = [e for e in page.all("button, input, [role=slider]") if e.is_displayed()]
            unnamed = [e.get_attribute("outerHTML") for e in seen if not e.accessible_name]
            assert not unnamed
        finally:
            page.close()
