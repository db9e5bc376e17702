#!/usr/bin/env python3
"""Asks `portcullis run --allow-net` for hosts with real clients (urllib, curl, requests, pip), in a network namespace of its own.

    network.py PORTCULLIS                  (as root; needs ip, openssl, curl, and a package index for requests)

Beside the namespace is another one, with a public-looking address, a server for TLS there with an index of packages, and a
certificate of an authority that nobody else knows. An /etc/hosts names it and, under other names, the machine itself, by
its loopback and by its own public-looking address, and a metadata service."""
import json, os, shutil, subprocess, sys, tempfile, time, zipfile

NAME = f"portcullis-{os.getpid()}"
BESIDE = f"{NAME}-beside"
ADDRESS, OWN = "93.184.215.14", "93.184.215.15"
HOSTS = f"{ADDRESS} allowed.example other.example\n127.0.0.1 inside.example\n169.254.169.254 meta.example\n10.0.0.1 near.example\n{OWN} own.example\n"
ALLOWED = ["allowed.example", "inside.example", "meta.example", "near.example", "own.example"]

SERVER = f"""import http.server, ssl, sys
class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def __init__(self, *arguments):
        super().__init__(*arguments, directory=sys.argv[3])
    def log_message(self, *arguments):
        pass
server = http.server.ThreadingHTTPServer(("{ADDRESS}", 443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""

CLIENT = f"""import json, os, socket, ssl, subprocess, sys, urllib.request
import requests
context = ssl.create_default_context(cafile="/input/authority.pem")
def get(url):
    try:
        return urllib.request.urlopen(url, context=context, timeout=5).read().decode()
    except Exception as error:
        return str(error)
def curl(*arguments):
    command = ["curl", "-s", "--cacert", "/input/authority.pem", "--max-time", "8", *arguments]
    return subprocess.run(command, capture_output=True, text=True).stdout
def get_by_requests(*urls):
    try:
        with requests.Session() as session:
            answers = [session.get(url, verify="/input/authority.pem", timeout=5).text for url in urls]
        return answers[0] if len(set(answers)) == 1 else str(answers)
    except requests.RequestException as error:
        return str(error)
def pip(host, *arguments):
    command = [sys.executable, "-m", "pip", "--isolated", "--no-input", "--disable-pip-version-check", "--no-cache-dir"]
    command += ["--retries", "0", "--timeout", "5", "--cert", "/input/authority.pem", *arguments]
    done = subprocess.run([*command, "--index-url", f"https://{{host}}/simple/"], capture_output=True, text=True)
    return done.stdout + done.stderr
def download(host):
    said = pip(host, "download", "--no-deps", "--dest", "/tmp/" + host, "demo")
    return "hello" if os.path.exists(f"/tmp/{{host}}/demo-1.0-py3-none-any.whl") else said
versions = pip("allowed.example", "index", "versions", "demo")
tunnel = socket.create_connection(("127.0.0.1", 3128))
tunnel.sendall(b"CONNECT allowed.example:443 HTTP/1.1\\r\\n\\r\\n")
tunnel.recv(100)
try:
    context.wrap_socket(tunnel, server_hostname="other.example")
    disguised = "hello"
except OSError:
    disguised = ""
print(json.dumps({{
    "urllib": get("https://allowed.example/"),
    "curl": curl("https://allowed.example/"),
    "curl by SOCKS": curl("--proxy", "socks5h://127.0.0.1:3128", "https://allowed.example/"),
    "requests": get_by_requests("https://allowed.example/"),
    "requests, twice over one connection": get_by_requests(*["https://allowed.example/"] * 2),
    "pip index": "hello" if "Available versions: 1.0" in versions else versions,
    "pip download": download("allowed.example"),
    "requests, not allowed": get_by_requests("https://other.example/"),
    "requests, the machine": get_by_requests("https://inside.example/"),
    "pip, not allowed": download("other.example"),
    "not allowed": get("https://other.example/"),
    "the machine": get("https://inside.example/"),
    "the machine by its own address": get("https://own.example/"),
    "metadata": get("https://meta.example/"),
    "a neighbour": get("https://near.example/"),
    "without the proxy": curl("--noproxy", "*", "https://{ADDRESS}/"),
    "another name": disguised,
}}))
"""


def main():
    portcullis = os.path.abspath(sys.argv[1])
    etc = f"/etc/netns/{NAME}"
    with tempfile.TemporaryDirectory() as folder:
        server = None
        # The environment in it is mounted by who is nobody there.
        os.chmod(folder, 0o755)
        try:
            os.makedirs(etc)
            write(f"{etc}/hosts", HOSTS)
            link, peer = f"a{os.getpid()}", f"b{os.getpid()}"
            for name in (NAME, BESIDE):
                subprocess.run(["ip", "netns", "add", name], check=True)
            subprocess.run(["ip", "-n", NAME, "link", "add", link, "type", "veth", "peer", "name", peer, "netns", BESIDE], check=True)
            for name, device, address in ((NAME, link, OWN), (BESIDE, peer, ADDRESS)):
                for command in (["link", "set", "lo", "up"], ["addr", "add", f"{address}/24", "dev", device], ["link", "set", device, "up"]):
                    subprocess.run(["ip", "-n", name, *command], check=True)
            server = serve(folder)
            sys.exit(attempt(portcullis, folder))
        finally:
            if server:
                server.kill()
                server.wait()
            for name in (NAME, BESIDE):
                subprocess.run(["ip", "netns", "del", name], check=False)
            shutil.rmtree(etc, ignore_errors=True)


def serve(folder):
    at = lambda name: os.path.join(folder, name)
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    authority = ["-subj", "/CN=an authority of its own", "-keyout", at("authority.key"), "-out", at("authority.pem")]
    names = ["-subj", "/CN=allowed.example", "-addext", "subjectAltName=DNS:allowed.example,DNS:other.example"]
    names += ["-addext", "basicConstraints=critical,CA:FALSE", "-CA", at("authority.pem"), "-CAkey", at("authority.key")]
    key, certificate = at("key.pem"), at("cert.pem")
    for what in (authority, [*names, "-keyout", key, "-out", certificate]):
        subprocess.run([*make, *what], check=True, stderr=subprocess.DEVNULL)
    site = at("site")
    os.makedirs(f"{site}/simple/demo")
    write(f"{site}/index.html", "hello")
    write(f"{site}/simple/demo/index.html", '<a href="demo-1.0-py3-none-any.whl">demo-1.0-py3-none-any.whl</a>')
    with zipfile.ZipFile(f"{site}/simple/demo/demo-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("demo-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
        wheel.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("demo-1.0.dist-info/RECORD", "")
    write(os.path.join(folder, "server.py"), SERVER)
    server = subprocess.Popen(beside("python3", os.path.join(folder, "server.py"), certificate, key, site))
    for _ in range(100):
        if subprocess.run(inside("curl", "-sk", f"https://{ADDRESS}/"), capture_output=True).stdout == b"hello":
            return server
        time.sleep(0.1)
    sys.exit("the server did not start")


def attempt(portcullis, folder):
    work = os.path.join(folder, "work")
    os.mkdir(work)
    policy, account = os.path.join(folder, "policy.toml"), os.path.join(folder, "account.json")
    write(os.path.join(work, "client.py"), CLIENT)
    write(policy, 'extends = "moderate"\ngate = "record"\n')
    hosts = [part for host in ALLOWED for part in ("--allow-net", host)]
    run = [portcullis, "run", "--policy", policy, "--audit-log", os.path.join(folder, "audit.jsonl"), "--workspace-root", work]
    run += ["--account", account, "--input", os.path.join(folder, "authority.pem"), "--venv", environment(folder), *hosts, os.path.join(work, "client.py")]
    done = subprocess.run(inside(*run), capture_output=True, text=True)
    if done.returncode != 0:
        print(f"the client ended with {done.returncode}: {done.stdout}{done.stderr}")
        return 1
    got = json.loads(done.stdout)
    fine = {"urllib", "curl", "curl by SOCKS", "requests", "requests, twice over one connection", "pip index", "pip download"}
    wrong = [f"{what}: {answer}" for what, answer in got.items() if (answer == "hello") != (what in fine)]
    requests = json.load(open(account))["outcome"]["requests"]
    for host, why in [("other.example", "not among"), ("inside.example", "this machine"), ("own.example", "this machine"), ("meta.example", "link-local"), ("near.example", "private"), ("allowed.example", "and then for other.example")]:
        refusals = [request["refusal"] or "" for request in requests if request["host"] == host]
        if not any(why in refusal for refusal in refusals):
            wrong.append(f"{host} was refused so: {refusals}")
    strict = subprocess.run([portcullis, "run", "--policy", "strict", "--workspace-root", work, "--allow-net", "a.org", os.path.join(work, "client.py")], capture_output=True)
    wrong += ["strict lets hosts be allowed"] * (strict.returncode != 125)
    print("\n".join(wrong) or f"{len(got)} requests ended as they should")
    return 1 if wrong else 0


def environment(folder):
    """A virtual environment with pip and requests, of the Python that the cell has."""
    place = os.path.join(folder, "venv")
    subprocess.run(["/usr/bin/python3", "-m", "venv", place], check=True)
    subprocess.run([f"{place}/bin/pip", "install", "--quiet", "--disable-pip-version-check", "requests"], check=True)
    return place


def inside(*command):
    return ["ip", "netns", "exec", NAME, *command]


def beside(*command):
    return ["ip", "netns", "exec", BESIDE, *command]


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


main()
