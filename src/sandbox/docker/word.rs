//! The word on how a script ended. An engine tells one number, and of those from 129 to 192 nobody knows whether the script chose
//! it or a signal did. So the first process of the script's container, which sees the difference, says it into a pipe that the
//! keeper made and reads, and the keeper passes it on when it is asked. A script that says something into that pipe itself
//! could as well end in the way that it claims.

/// The folder of the pipe, in which nobody but the keeper can make anything.
pub(super) const FOLDER: &str = "/end";

/// What the keeper does: says that its file systems are there, and keeps them until its input ends: with us, however we end.
/// For each byte of the input it tells the last word that it heard.
pub(super) const KEEPER: &str = "\
import os, select
os.umask(0)
os.mkfifo('/end/word', 0o622)
word = os.open('/end/word', os.O_RDWR)
last = b'?'
os.write(1, b'ready')
while True:
    ready = select.select([0, word], [], [])[0]
    if word in ready:
        last = os.read(word, 4096)[-1:]
    if 0 in ready:
        if not os.read(0, 1):
            break
        os.write(1, last)
";

/// What the first process of the script's container does: it starts the script as it would be started without it, takes leave of
/// whatever ends, and ends with the script and its number. Python ignores two signals and may add to its environment: the
/// script gets neither.
pub(super) const FIRST: &str = "\
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
pairs = open('/proc/self/environ', 'rb').read().split(b'\\0')
environment = dict(pair.split(b'=', 1) for pair in pairs if b'=' in pair)
def end(word, code):
    try:
        os.write(os.open('/end/word', os.O_WRONLY | os.O_NONBLOCK), word)
    except OSError:
        pass
    os._exit(code)
script = os.posix_spawnp(sys.argv[1], sys.argv[1:], environment, setsigdef=[signal.SIGPIPE, signal.SIGXFSZ])
process = None
while process != script:
    process, status = os.wait()
if os.WIFSIGNALED(status):
    end(b's', 128 + os.WTERMSIG(status))
end(b'e', os.WEXITSTATUS(status))
";

/// The word of a script that ended by itself.
pub(super) const BY_ITSELF: u8 = b'e';
