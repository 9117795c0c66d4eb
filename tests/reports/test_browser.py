"""The page in a real browser: drawn, chosen among, hovered, with no network and no complaint."""

from shutil import which

import pytest

CHROMIUM = which("chromium") or which("google-chrome")


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    if CHROMIUM is None:
        pytest.skip("no browser is installed")
    with playwright.sync_playwright() as running:
        switches = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        opened = running.chromium.launch(executable_path=CHROMIUM, args=switches)
        yield opened
        opened.close()


@pytest.mark.slow
@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_the_page_works_from_a_file(browser, text, tmp_path, width, height):
    path = tmp_path / "page.html"
    path.write_text(text, "utf-8")
    context = browser.new_context(viewport={"width": width, "height": height}, offline=True)
    shown = context.new_page()
    complaints, asked = [], []
    shown.on("console", lambda message: complaints.append(message.text))
    shown.on("pageerror", lambda error: complaints.append(str(error)))
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(path.as_uri())
    shown.wait_for_function("document.querySelectorAll('.plot svg').length === 11")

    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    shown.select_option("select", index=2)
    shown.wait_for_function("document.querySelectorAll('.plot svg').length === 12")
    assert shown.locator(".part:visible h2", has_text="pgd-linf@16/255").count() == 1
    shown.locator(".plot.tall:visible .mark-symbol path").first.hover(force=True)
    shown.wait_for_selector("#vg-tooltip-element.visible")
    assert "n = 1,000" in shown.locator("#vg-tooltip-element").inner_text()
    square = shown.locator("td[data-tip]").first
    square.scroll_into_view_if_needed()
    square.hover()
    assert shown.locator("#tip").inner_text().startswith("logistic × mnist-test\n91.7 %")
    shown.locator("th[data-tip]", has_text="scattering-linear").dispatch_event("pointerdown")
    assert shown.locator("#tip").inner_text() == "scattering-linear"
    assert complaints == []
    assert asked == [path.as_uri()]
    context.close()
