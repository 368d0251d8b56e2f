"""Asking for one address over HTTP, by the standard library: proxy, certificates, redirects, and errors in words.

A name and a password in an address go to that host alone, in a header, and are never shown.
"""

import base64
import contextlib
import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import SplitResult, unquote, urljoin, urlsplit, urlunsplit

from engine.errors import RequestError, Sentence
from engine.fetch.pip_settings import PipSettings, without_password

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)


class WebError(RequestError):
    """What was asked for is not to be had from there; `status` is the answer's, 0 where there was none."""

    status = 0


class Web:
    """Opens addresses as pip would: only HTTP and HTTPS, through the proxy and with the certificates that it has."""

    def __init__(self, settings: PipSettings) -> None:
        self._settings = settings
        self._openers: dict[bool, urllib.request.OpenerDirector] = {}
        self._logins: dict[str, str] = {}
        """By scheme and host, where an address had a name and a password: what lies beside it wants them, too."""

    def open(self, address: str, accept: str = "*/*") -> http.client.HTTPResponse:
        """The answer to a request for `address`, its body still to be read; whoever asks closes it.

        Raises:
            RequestError: nothing answers there, or not with what was asked for (WebError).
        """
        for _ in range(MOST_REDIRECTS + 1):
            parts = _parts(address)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise WebError(
                    "{address} is not asked: files are fetched over http and https alone.",
                    address=without_password(address),
                )
            if parts.username:
                self._logins[_origin(parts)] = _login(parts)
            bare = urlunsplit(parts._replace(netloc=_host(parts), fragment=""))
            request = urllib.request.Request(bare, headers={"Accept": accept, "User-Agent": "gearshift"})
            if login := self._logins.get(_origin(parts)):
                request.add_unredirected_header("Authorization", f"Basic {login}")
            opener, direct = self._opener(parts), request.host
            try:
                answer: http.client.HTTPResponse = opener.open(request, timeout=self._settings.timeout_s)
            except urllib.error.HTTPError as error:
                with error:
                    to = error.headers.get("Location")
                if error.code not in REDIRECTS or not to:
                    raise _refused(bare, error) from error
                address = leading(bare, to)
            except (OSError, http.client.HTTPException, ValueError) as error:
                if request.host != direct:  # by a proxy, of pip's or of the environment's
                    raise WebError(
                        "{host} cannot be reached through the proxy {proxy}: {why}.",
                        host=_host(parts),
                        proxy=request.host,
                        why=why(error),
                    ) from error
                raise WebError("{host} cannot be reached: {why}.", host=_host(parts), why=why(error)) from error
            else:
                return answer
        raise WebError("{address} only leads to other addresses.", address=without_password(address))

    def _opener(self, parts: SplitResult) -> urllib.request.OpenerDirector:
        """What opens addresses of a host; without redirects, which are followed above, and without files and FTP."""
        is_trusted = not {parts.hostname, _host(parts)}.isdisjoint(self._settings.trusted)
        if is_trusted not in self._openers:
            proxy = self._settings.proxy
            if proxy and "://" not in proxy:
                proxy = f"http://{proxy}"
            opener = urllib.request.OpenerDirector()
            for handler in (
                urllib.request.ProxyHandler({"http": proxy, "https": proxy} if proxy else None),
                urllib.request.HTTPHandler(),
                urllib.request.HTTPSHandler(context=self._context(is_trusted)),
                urllib.request.HTTPErrorProcessor(),
                urllib.request.HTTPDefaultErrorHandler(),
            ):
                opener.add_handler(handler)
            self._openers[is_trusted] = opener
        return self._openers[is_trusted]

    def _context(self, is_trusted: bool) -> ssl.SSLContext:
        given = self._settings.certificate
        is_directory = bool(given) and Path(given).is_dir()
        with _certificate(given):
            context = ssl.create_default_context(
                cafile=given if given and not is_directory else None, capath=given if is_directory else None
            )
        if is_trusted:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if own := self._settings.client_certificate:
            with _certificate(own):
                context.load_cert_chain(own)
        return context


@contextlib.contextmanager
def _certificate(path: str) -> Iterator[None]:
    """What goes wrong meanwhile is the fault of this file, not of whoever is asked."""
    try:
        yield
    except OSError as error:
        raise WebError(
            "The certificate {path} that pip is set to cannot be used: {why}.", path=path, why=why(error)
        ) from error


def leading(base: str, to: str) -> str:
    """Where `to` leads, as it stands on the page at `base`.

    Raises:
        RequestError: to no address (WebError).
    """
    try:
        return urljoin(base, to)
    except ValueError as error:
        raise _no_address(to, error) from error


def why(error: Exception) -> str:
    """What an error of the network says, in as few words as it has."""
    reason = getattr(error, "reason", None) or error  # of some errors of certificates it is None
    if isinstance(reason, TimeoutError):
        return Sentence("no answer in time")
    if isinstance(reason, OSError) and reason.strerror:
        return str(reason.strerror)
    return str(reason) or type(error).__name__


def _parts(address: str) -> SplitResult:
    try:
        return urlsplit(address)
    except ValueError as error:
        raise _no_address(address, error) from error


def _no_address(address: str, error: ValueError) -> WebError:
    return WebError("{address} is no address: {why}.", address=without_password(address), why=error)


def _host(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2]


def _origin(parts: SplitResult) -> str:
    return f"{parts.scheme}://{_host(parts)}"


def _login(parts: SplitResult) -> str:
    pair = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    return base64.b64encode(pair.encode()).decode()


def _refused(address: str, error: urllib.error.HTTPError) -> WebError:
    refusal = WebError(
        "{address} answered {status} {reason}.",
        address=without_password(address),
        status=error.code,
        reason=http.client.responses.get(error.code, ""),
    )
    refusal.status = error.code
    return refusal
