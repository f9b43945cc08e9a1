#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Expand the lab's tables into servers.

usage: rows.py rows|start|images|packages|missing [PATTERN]

rows    what is fetched, as a truth table: COLUMNS below
start   what is fetched, and its back ends, as start-instance takes it: id address recipe variant image backend package
images  the images that matching servers and their back ends need: image, packages
packages what they need of registries, as fetch-package takes it: registry folder image package version extra
missing name the matching servers that are not fetched, and fail, if there are any

PATTERN is a regular expression on ids, or a word of the set column (demo, check, audit, domain, change).
Versions are what the package manager recorded, never what a server says of itself.
"""
import functools
import os
import re
import sys
from collections import namedtuple

LAB = os.environ.get("SMTPSCAN_LAB") or "/opt/lab"
HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COLUMNS = "id address port family product version source variant package front".split()

Server = namedtuple(
    "Server", "id address recipe variant image package family product front backend sets item"
)

# What is installed from a registry; engine names the package that speaks SMTP.
Item = namedtuple("Item", "registry package version extra engine")

# The second last octet of the addresses of each registry's servers.
REGISTRIES = {"npm": "20", "go": "21", "maven": "22", "pypi": "23", "crates": "24"}


def table(name):
    """The rows of a table, as lists; '-' stands for nothing."""
    with open(os.path.join(HERE, name), encoding="utf-8") as lines:
        for line in lines:
            if line.strip() and not line.startswith("#"):
                yield ["" if field == "-" else field for field in line.rstrip("\n").split("\t")]


@functools.lru_cache(maxsize=None)
def running_release():
    """VERSION_CODENAME of this machine, such as bookworm."""
    with open("/etc/os-release", encoding="utf-8") as lines:
        for line in lines:
            key, _, value = line.strip().partition("=")
            if key == "VERSION_CODENAME":
                return value.strip("\"'")
    return "unknown"


@functools.lru_cache(maxsize=None)
def next_release():
    """The one that follows in releases.tsv, which an upgrade of this machine leads to; of the last, and of Ubuntu's, the last but one."""
    releases = [row[0] for row in table("releases.tsv")]
    known = running_release() in releases[:-1]
    return releases[releases.index(running_release()) + 1] if known else releases[-2]


def release_octets():
    """The second last octet of the addresses of each release."""
    octets = {running_release(): "9"}
    octets.update((row[0], row[1]) for row in table("releases.tsv"))
    return octets


@functools.lru_cache(maxsize=None)
def images():
    """Packages of each image, by release and name: {("bookworm", "postfix"): "postfix", ...}."""
    found = {}
    for name, releases, packages in table("images.tsv"):
        for release in releases.split():
            if release == "running":
                release = running_release()
            found.setdefault((release, name), packages)
    return found


def release_servers():
    """Servers that are taken from a release's packages."""
    octets = release_octets()
    for row in table("servers.tsv"):
        recipe, variant, octet, image, package, family, product, front, backend, sets = row
        image, _, only = image.partition("@")
        releases = {"running": [running_release()], "next": [next_release()]}.get(only)
        for release, name in images():
            if name == image and (releases is None or release in releases):
                yield Server(
                    f"{release}-{recipe}-{variant}",
                    f"127.10.{octets[release]}.{octet}",
                    recipe,
                    variant,
                    f"{release}-{image}",
                    package,
                    family,
                    product,
                    front,
                    backend.replace("running-", running_release() + "-", 1),
                    sets.split() if releases or release == running_release() else [],
                    None,
                )


def registry_servers():
    """Servers that are taken from package registries."""
    for row in table("registry.tsv"):
        registry, recipe, package, version, image, family, product, engine, extra, variants = row
        item = Item(registry, package, version, extra, engine or package)
        for variant, octet in (field.split("=") for field in variants.split()):
            yield Server(
                f"{registry}-{recipe}-{version}-{variant}",
                f"127.10.{REGISTRIES[registry]}.{octet}",
                recipe,
                variant,
                image,
                package,
                family,
                product,
                "",
                "",
                [],
                item,
            )


@functools.lru_cache(maxsize=None)
def servers():
    """All servers of the tables, fetched or not, by id."""
    return {s.id: s for make in (release_servers, registry_servers) for s in make()}


def matching(pattern, among=None):
    """The servers that a PATTERN of the command line stands for."""
    among = servers().values() if among is None else among
    sets = {word for server in servers().values() for word in server.sets}
    if pattern in sets:
        return [s for s in among if pattern in s.sets]
    try:
        expression = re.compile(pattern)
    except re.error as error:
        sys.exit(f"lab: {pattern}: {error}")
    return [s for s in among if expression.search(s.id)]


def with_backends(chosen):
    """The chosen servers, each back end before the servers that need it."""
    backends = {s.backend: servers()[s.backend] for s in chosen if s.backend}
    return [*backends.values(), *(s for s in chosen if s.id not in backends)]


@functools.lru_cache(maxsize=None)
def installed(image):
    """Versions that dpkg recorded when the image was made; empty if it is not fetched."""
    try:
        with open(f"{LAB}/images/{image}.versions", encoding="utf-8") as lines:
            return dict(line.split() for line in lines)
    except FileNotFoundError:
        return {}


def folder(item):
    """Where an item is installed, below the state folder."""
    return f"{item.registry}/{re.split('[/:]', item.package)[-1]}-{item.version}"


def registry_truth(server):
    """(version, source, package=version) of a registry's server, or None if it is not fetched."""
    item = server.item
    try:
        with open(f"{LAB}/{folder(item)}/versions", encoding="utf-8") as lines:
            versions = dict(line.split() for line in lines)
    except FileNotFoundError:
        return None
    if not installed(server.image):
        return None
    names = dict.fromkeys([item.package, item.engine])
    label = " ".join(f"{item.registry}:{name}={versions[name]}" for name in names)
    return versions[item.engine], item.registry, label


def debian_truth(server):
    """(version, source, package=version) of a packaged server, or None if it is not fetched."""
    versions = installed(server.image)
    package = next((name for name in server.package.split("|") if name in versions), None)
    if package is None:
        return None
    if server.front and server.backend:  # what answers is the server behind
        return debian_truth(servers()[server.backend])
    upstream = versions[package].split(":", 1)[-1].rsplit("-", 1)[0]
    upstream = re.sub(r"[+~](dfsg|ds|nmu).*", "", upstream)
    return upstream, server.image.split("-")[0], f"{package}={versions[package]}"


def truth(server):
    """(version, source, package=version), or None if the server is not fetched."""
    return registry_truth(server) if server.item else debian_truth(server)


def fetched(pattern):
    """The matching servers that are fetched."""
    return [s for s in matching(pattern) if truth(s)]


def missing(pattern):
    """Name what is not fetched, and fail."""
    absent = [s.id for s in with_backends(matching(pattern)) if not truth(s)]
    if absent:
        sys.exit("not fetched: " + " ".join(absent))


def row(server):
    """The fields of COLUMNS."""
    version, source, package = truth(server)
    return [
        server.id,
        server.address,
        "25",
        server.family,
        server.product,
        version,
        source,
        server.variant,
        package,
        server.front,
    ]


def start_line(server):
    """The arguments of start-instance; '-' stands for nothing."""
    backend = servers()[server.backend].address if server.backend else "-"
    package = folder(server.item) if server.item else "-"
    return server.id, server.address, server.recipe, server.variant, server.image, backend, package


def needed_images(chosen):
    """(image, packages) of the chosen servers, each image once."""
    names = dict.fromkeys(server.image for server in chosen)
    return [(name, images()[tuple(name.split("-", 1))]) for name in names]


def needed_packages(chosen):
    """(registry, folder, image, package, version, extra) of the chosen servers, each once."""
    lines = [
        (
            s.item.registry,
            f"{LAB}/{folder(s.item)}",
            s.image,
            s.item.package,
            s.item.version,
            s.item.extra or "-",
        )
        for s in chosen
        if s.item
    ]
    return list(dict.fromkeys(lines))


def main(what, pattern="."):
    if what == "rows":
        lines = [COLUMNS, *(row(s) for s in fetched(pattern))]
    elif what == "start":
        lines = [start_line(s) for s in with_backends(fetched(pattern))]
    elif what == "images":
        lines = needed_images(with_backends(matching(pattern)))
    elif what == "packages":
        lines = needed_packages(matching(pattern))
    elif what == "missing":
        lines = missing(pattern) or []
    else:
        sys.exit(__doc__)
    for line in lines:
        print("\t".join(line))


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
