# SPDX-License-Identifier: Apache-2.0
"""The page of smtpscan report in a browser: it works, and nothing that servers said runs."""

import pytest

from browser import PROGRAM, Browser
from conftest import until
from test_report import FINDINGS, HOSTILE, SOFTWARE, hostile_records, plain_records, service, write

if not PROGRAM:
    pytest.skip("no chromium; tools/setup report installs it", allow_module_level=True)

LONG = 1200  # services: so many that their details wait as text


@pytest.fixture(scope="module")
def pages(scanner, tmp_path_factory):
    """{name: path} of what is made of plain records, of hostile ones, and of many."""
    directory = tmp_path_factory.mktemp("pages")
    many = (service(n % 250, input="n%d" % n, software=SOFTWARE, findings=FINDINGS[:n % 3], reason="number %04d" % n) for n in range(LONG))
    found = {}
    for name, records in (("plain", plain_records()), ("hostile", hostile_records()), ("long", many)):
        found[name] = directory / (name + ".html")
        done = scanner.run("report", "-o", found[name], write(directory / name, records))
        assert done.status == 0, done
    return found


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    b = Browser(tmp_path_factory.mktemp("profile"))
    yield b
    b.stop()


def shown(browser):
    """Names of the services that the list shows."""
    return browser.evaluate("[...document.querySelectorAll('#list > details')].filter(e => e.checkVisibility())"
                            ".map(e => e.querySelector('summary b:not(.sev)').textContent)")


def search(browser, words):
    browser.evaluate(f"document.getElementById('q').value = {words!r}; document.getElementById('filter').requestSubmit()")


def choose(browser, name, value):
    browser.evaluate(f"{{ const e = document.getElementById({name!r}); e.value = {value!r}; e.dispatchEvent(new Event('change')); }}")


@pytest.mark.parametrize("name", ["plain", "hostile", "long"])
def test_it_opens_in_silence_and_asks_for_nothing(browser, pages, name):
    browser.open(pages[name])
    assert (browser.said, browser.requested) == ([], [])
    assert browser.evaluate("document.getElementById('shown').value").endswith(" services")


def test_what_servers_said_is_text(browser, pages):
    browser.open(pages["hostile"])
    browser.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    assert browser.evaluate("document.querySelectorAll('img, iframe, object, embed, link, base, [onerror], [onmouseover], [style]').length") == 0
    assert browser.evaluate("document.scripts.length") == 1
    text = browser.evaluate("document.body.textContent")
    assert all(said in text for said in HOSTILE[:-1])
    assert (browser.said, browser.requested) == ([], [])


def test_even_a_missed_escape_runs_nothing_and_asks_nobody(browser, pages, tmp_path):
    missed = ('<script>window.ran = 1</script><img src="https://e.example/x" onerror="window.ran = 1"><style>body { display: none }</style>'
              '<link rel="stylesheet" href="https://e.example/y"><iframe src="https://e.example/z"></iframe><b style="color: red">b</b>'
              '<form action="https://e.example/"><button>x</button></form><base href="https://e.example/">')
    page = pages["plain"].read_text()
    path = tmp_path / "missed.html"
    path.write_text(page.replace("<main>", "<main>" + missed, 1))
    browser.open(path)
    assert browser.evaluate("[typeof window.ran, getComputedStyle(document.body).display, document.baseURI.startsWith('file:')]") == \
        ["undefined", "block", True]
    refused = [e for e in browser.said if "Content Security Policy" in str(e)]
    assert len(refused) >= 6 and len(refused) == len(browser.said)
    reached = [e["params"]["response"]["url"] for e in browser.events if e["method"] == "Network.responseReceived"]
    assert not [u for u in reached if u.startswith("http")]
    assert len(shown(browser)) == 4  # and the page's own script works


def test_the_filter(browser, pages):
    browser.open(pages["plain"])
    everything = ["mx.example.org:25", "192.0.2.2:25", "[2001:db8::1]:25", "192.0.2.4:25"]
    assert shown(browser) == everything
    for words, wanted in (("postscreen", everything[:1]), ("POSTFIX mx.example", everything[:1]), ("relay.open", everything[:2]),
                          ("421 too many", everything[:1]), ("no such words", []), ("", everything)):
        search(browser, words)
        assert shown(browser) == wanted, words
    choose(browser, "least", "4")
    assert shown(browser) == everything[:2]
    assert browser.evaluate("document.getElementById('shown').value") == "2 of 4 services"
    choose(browser, "least", "0")
    choose(browser, "outcome", "timeout")
    assert shown(browser) == everything[3:]
    browser.evaluate("document.querySelector('a[data-least=\"5\"]').click()")
    assert shown(browser) == []
    choose(browser, "outcome", "")
    assert shown(browser) == everything[:1]


def test_typing_filters(browser, pages):
    browser.open(pages["plain"])
    browser.evaluate("document.getElementById('q').focus()")
    browser.ask("Input.insertText", text="postscreen")
    until(lambda: shown(browser) == ["mx.example.org:25"], "the filter")


def test_a_link_opens_what_it_leads_to_and_shows_it_again(browser, pages):
    browser.open(pages["plain"])
    for _ in range(2):
        search(browser, "no such words")
        browser.evaluate("document.querySelector('.worst a').click()")
        until(lambda: browser.evaluate("document.getElementById('s1').open && document.getElementById('s1').checkVisibility()"), "the service")
        browser.evaluate("document.getElementById('s1').open = false")
    browser.evaluate("document.querySelector('#s1 .id').click()")
    until(lambda: browser.evaluate("document.querySelector('.gr[open] .means') !== null"), "what the finding means")


def test_the_keyboard_reaches_everything(browser, pages):
    browser.open(pages["plain"])
    reached = []
    for _ in range(60):
        browser.press("Tab")
        at = browser.evaluate("(e => e.id || e.parentNode.id || e.getAttribute('href') || '')(document.activeElement)")
        if at == "s1":
            browser.press("Enter", "\r")
            until(lambda: browser.evaluate("document.getElementById('s1').open"), "Enter on its line")
            break
        reached.append(at)
    assert at == "s1" and reached[0] == "#services"  # the link that skips the rest comes first
    assert {"theme", "q", "least", "outcome", "open", "f1"} <= set(reached)


def test_names_for_those_who_do_not_see(browser, pages):
    browser.open(pages["plain"])
    tree = browser.ask("Accessibility.getFullAXTree")["nodes"]
    named = {(n["role"]["value"], n.get("name", {}).get("value", "")) for n in tree if not n.get("ignored") and "role" in n}
    for wanted in (("searchbox", "Search"), ("combobox", "Exposed"), ("combobox", "Outcome"), ("button", "Open all"), ("button", "Dark"),
                   ("navigation", "Parts of this page"), ("heading", "What is exposed"), ("main", ""), ("search", "Filter the services")):
        assert wanted in named, wanted
    assert not [n for n in named if n[0] in ("button", "link", "searchbox", "combobox") and not n[1]]
    assert browser.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(e => e.tagName).join()").startswith("H1,H2,H3,H2")


CONTRAST = """(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgba = (c) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); return canvas.getImageData(0, 0, 1, 1).data; };
  const light = (c) => { const [r, g, b] = [...rgba(c)].slice(0, 3).map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                         return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (rgba(c)[3] === 255) return c; } return 'white'; };
  const poor = {};
  for (const e of document.querySelectorAll('body *')) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || e.closest('[hidden], script, option') || e.disabled) continue;
    const a = light(getComputedStyle(e).color), b = light(behind(e)), ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) poor[e.tagName + '.' + e.className] = ratio;
  }
  return poor;
})()"""


@pytest.mark.parametrize("dark", [False, True])
def test_contrast_is_that_of_wcag_aa(browser, pages, dark):
    browser.size(1280, 900, dark)
    browser.open(pages["plain"])
    browser.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    assert browser.evaluate(CONTRAST) == {}


def test_dark_as_the_system_is_and_as_is_chosen(browser, pages):
    def is_dark():
        return browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 23, 26)"

    for dark in (True, False):
        browser.size(1280, 900, dark)
        browser.open(pages["plain"])
        assert is_dark() is dark
        browser.evaluate("document.getElementById('theme').click()")
        assert is_dark() is not dark
        browser.evaluate("document.getElementById('theme').click()")
        assert is_dark() is dark
        browser.evaluate("localStorage.clear()")
    assert browser.said == []


@pytest.mark.parametrize("name", ["plain", "hostile"])
def test_it_fits_400_pixels(browser, pages, name):
    browser.size(400, 800)
    browser.open(pages[name])
    browser.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true; })")
    assert browser.evaluate("document.documentElement.scrollWidth") == 400
    browser.size(1280, 900)


def test_printing_opens_what_is_shown(browser, pages):
    browser.open(pages["plain"])
    browser.ask("Page.printToPDF")
    assert browser.evaluate("document.querySelectorAll('details:not([open])').length") == 0
    browser.evaluate("document.documentElement.dataset.theme = 'dark'")
    browser.ask("Emulation.setEmulatedMedia", media="print")
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    browser.ask("Emulation.setEmulatedMedia", media="")


def test_details_of_a_long_page_open_and_are_searched(browser, pages):
    browser.open(pages["long"])
    assert len(shown(browser)) == LONG and browser.evaluate("document.querySelectorAll('.fd').length") == 0
    assert browser.evaluate("document.getElementById('open').disabled")
    search(browser, "number 0077")
    assert browser.evaluate("document.getElementById('shown').value") == "1 of 1,200 services"
    browser.evaluate("document.querySelector('#s78 > summary').click()")
    until(lambda: browser.evaluate("document.querySelectorAll('#s78 .fd').length") == 2, "its details")
    assert browser.evaluate("document.querySelector('#s78').innerText").count("number 0077") == 1
    browser.evaluate("location.hash = '#s1'")
    until(lambda: browser.evaluate("document.querySelector('#s1 .in') !== null"), "the details of another")
    assert browser.said == []


def test_without_javascript_it_says_the_same(browser, pages):
    browser.ask("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(pages["plain"])
        root = browser.ask("DOM.getDocument", depth=0)["root"]["nodeId"]
        page = browser.ask("DOM.getOuterHTML", nodeId=root)["outerHTML"]
    finally:
        browser.ask("Emulation.setScriptExecutionDisabled", value=False)
    assert 'id="filter" role="search" aria-label="Filter the services" hidden' in page
    assert page.count('<section class="fd">') == 4 and "smtpd_relay_restrictions = told by the record" in page
