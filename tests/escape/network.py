#!/usr/bin/env python3
"""Asks `portcullis run --allow-net` for hosts with real clients (urllib, curl), in a network namespace of its own.

    network.py PORTCULLIS                  (as root; needs ip, openssl and curl)

The namespace has a public-looking address on its loopback, a server for TLS there, and an /etc/hosts that names it and, under
other names, the machine itself and a metadata service."""
import json, os, shutil, subprocess, sys, tempfile, time

NAME = f"portcullis-{os.getpid()}"
ADDRESS = "93.184.215.14"
HOSTS = f"{ADDRESS} allowed.example other.example\n127.0.0.1 inside.example\n169.254.169.254 meta.example\n10.0.0.1 near.example\n"
ALLOWED = ["allowed.example", "inside.example", "meta.example", "near.example"]

SERVER = f"""import http.server, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")
    def log_message(self, *arguments):
        pass
server = http.server.ThreadingHTTPServer(("{ADDRESS}", 443), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[1], sys.argv[2])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""

CLIENT = f"""import json, socket, ssl, subprocess, urllib.request
context = ssl.create_default_context(cafile="/input/cert.pem")
def get(url):
    try:
        return urllib.request.urlopen(url, context=context, timeout=5).read().decode()
    except Exception as error:
        return str(error)
def curl(*arguments):
    command = ["curl", "-s", "--cacert", "/input/cert.pem", "--max-time", "8", *arguments]
    return subprocess.run(command, capture_output=True, text=True).stdout
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
    "not allowed": get("https://other.example/"),
    "the machine": get("https://inside.example/"),
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
        try:
            os.makedirs(etc)
            write(f"{etc}/hosts", HOSTS)
            for command in (["netns", "add", NAME], ["-n", NAME, "link", "set", "lo", "up"], ["-n", NAME, "addr", "add", f"{ADDRESS}/32", "dev", "lo"]):
                subprocess.run(["ip", *command], check=True)
            server = serve(folder)
            sys.exit(attempt(portcullis, folder))
        finally:
            if server:
                server.kill()
                server.wait()
            subprocess.run(["ip", "netns", "del", NAME], check=False)
            shutil.rmtree(etc, ignore_errors=True)


def serve(folder):
    names = "subjectAltName=DNS:allowed.example,DNS:other.example"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=allowed.example", "-addext", names]
    key, certificate = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    subprocess.run([*make, "-keyout", key, "-out", certificate], check=True, stderr=subprocess.DEVNULL)
    write(os.path.join(folder, "server.py"), SERVER)
    server = subprocess.Popen(inside("python3", os.path.join(folder, "server.py"), certificate, key))
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
    run += ["--account", account, "--input", os.path.join(folder, "cert.pem"), *hosts, os.path.join(work, "client.py")]
    done = subprocess.run(inside(*run), capture_output=True, text=True)
    if done.returncode != 0:
        print(f"the client ended with {done.returncode}: {done.stdout}{done.stderr}")
        return 1
    got = json.loads(done.stdout)
    wanted = {"urllib": True, "curl": True, "curl by SOCKS": True}
    wrong = [f"{what}: {answer}" for what, answer in got.items() if (answer == "hello") != wanted.get(what, False)]
    requests = json.load(open(account))["outcome"]["requests"]
    for host, why in [("other.example", "not among"), ("inside.example", "this machine"), ("meta.example", "link-local"), ("near.example", "private"), ("allowed.example", "and then for other.example")]:
        refusals = [request["refusal"] or "" for request in requests if request["host"] == host]
        if not any(why in refusal for refusal in refusals):
            wrong.append(f"{host} was refused so: {refusals}")
    strict = subprocess.run([portcullis, "run", "--policy", "strict", "--workspace-root", work, "--allow-net", "a.org", os.path.join(work, "client.py")], capture_output=True)
    wrong += ["strict lets hosts be allowed"] * (strict.returncode != 125)
    print("\n".join(wrong) or f"{len(got)} requests ended as they should")
    return 1 if wrong else 0


def inside(*command):
    return ["ip", "netns", "exec", NAME, *command]


def write(path, text):
    with open(path, "w") as file:
        file.write(text)


main()
