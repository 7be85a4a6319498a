"""A browser without JavaScript: follows redirects, keeps cookies, fills the hosted forms."""

from html.parser import HTMLParser
from urllib.parse import urljoin

import requests

TIMEOUT = 30
#: More pages than any sign-in has.
MOST_STEPS = 25


class _Forms(HTMLParser):
    """The forms of a page: their targets, inputs and submit buttons."""

    def __init__(self, text):
        super().__init__()
        self.forms = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "form":
            self.forms.append({**attributes, "inputs": [], "buttons": []})
        elif self.forms and tag == "input" and attributes.get("name"):
            self.forms[-1]["inputs"].append(attributes)
        elif self.forms and tag == "button":
            self.forms[-1]["buttons"].append(attributes)


class FormBrowser:
    """Cookies, the page on show, and how many sign-in pages were filled in."""

    def __init__(self, username, password):
        self.username = username
        self.password = password
        self.http = requests.Session()
        self.http.headers.update({
            "Accept": "text/html,application/xhtml+xml", "Accept-Language": "en",
            "User-Agent": "Mozilla/5.0 (a browser without JavaScript)",
        })
        self.answer = None
        self.sign_ins = 0
        self.consents = 0

    def open(self, url, stop=None, method="GET", data=None, referer=None):
        """Goes to ``url`` and wherever it leads; answers the last URL, which is not fetched when
        it begins with ``stop``."""
        for _ in range(MOST_STEPS):
            if stop and url.startswith(stop):
                return url
            headers = self._context(method, referer)
            self.answer = self.http.request(
                method, url, data=data, headers=headers, allow_redirects=False, timeout=TIMEOUT,
            )
            if not self.answer.is_redirect:
                return url
            if self.answer.status_code not in (307, 308):
                method, data = "GET", None
            url = urljoin(url, self.answer.headers["Location"])
        raise AssertionError(f"{url} leads on and on")

    def _context(self, method, page):
        """What browsers say about where a request comes from: nothing when the page asks so."""
        if not page:
            return {"Sec-Fetch-Site": "none"}
        headers = {"Sec-Fetch-Site": "same-origin"}
        silent = "no-referrer" in self.answer.headers.get("Referrer-Policy", "")
        if not silent:
            headers["Referer"] = page
        if method == "POST":
            headers["Origin"] = "null" if silent else "/".join(page.split("/")[:3])
        return headers

    def forms(self):
        """The forms of the page on show."""
        return _Forms(self.answer.text).forms if self.answer is not None else []

    def submit(self, form, page, values, stop=None, button=None):
        """Sends a form with its inputs as they are but for ``values``, by its first button unless
        another is named."""
        data = {field["name"]: field.get("value") or "" for field in form["inputs"]
                if field.get("type") not in ("submit", "checkbox", "radio")
                or "checked" in field}
        data.update(values)
        pressed = button or next((one.get("value") for one in form["buttons"]), None)
        if pressed:
            data["action"] = pressed
        target = urljoin(page, form.get("action") or page)
        return self.open(target, stop, (form.get("method") or "get").upper(), data, page)

    def sign_in(self, url, stop):
        """Goes to ``url`` and through every hosted page until ``stop`` is reached."""
        url = self.open(url, stop)
        for _ in range(6):
            if url.startswith(stop):
                return url
            url = self._go_on(url, stop)
        raise AssertionError(f"still at {url}")

    def _go_on(self, page, stop):
        for form in self.forms():
            names = {field["name"] for field in form["inputs"]}
            if {"username", "password"} <= names:
                self.sign_ins += 1
                values = {"username": self.username, "password": self.password}
                return self.submit(form, page, values, stop)
            for action in ("allow", "continue"):
                if any(button.get("value") == action for button in form["buttons"]):
                    self.consents += 1
                    return self.submit(form, page, {}, stop, button=action)
        text = " ".join(self.answer.text.split())[:300]
        raise AssertionError(f"{page} answered {self.answer.status_code} and has no form: {text}")
