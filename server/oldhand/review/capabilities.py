"""What a change lets code do that it did not do before: run programs, reach the network, read files and secrets."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from oldhand.review.mentions import Mentions, imported, mentions, nodes_at
from oldhand.rules.analysis import Analysis
from oldhand.rules.name_sets import NameSet
from oldhand.text.edits import changed_span

NEW_DEPENDENCY = "a new dependency"


@dataclass(frozen=True, slots=True)
class Added:
    """Something that a change brings: what kind of thing (`network`, say), as a predicate, and which."""

    kind: str
    does: str
    what: str


@dataclass(frozen=True, slots=True)
class _Kind:
    """The names, by language, that are this kind of thing; `does` says in a predicate what they do."""

    name: str
    does: str
    python: tuple[str, ...] = ()
    javascript: tuple[str, ...] = ()
    go: tuple[str, ...] = ()
    java: tuple[str, ...] = ()
    catalog: str = ""


_KINDS = (
    _Kind(
        "programs",
        "run a program",
        (
            "os.{system,popen,startfile,fork,forkpty,posix_spawn,posix_spawnp}",
            "os.{execl,execle,execlp,execlpe,execv,execve,execvp,execvpe}",
            "os.{spawnl,spawnle,spawnlp,spawnlpe,spawnv,spawnve,spawnvp,spawnvpe}",
            "{subprocess,pty,commands,popen2,sh,pexpect,plumbum,fabric,invoke}{,.*}",
            "asyncio.{create_subprocess_exec,create_subprocess_shell,subprocess*}",
            "multiprocessing{,.*}",
        ),
        (
            "{child_process,cluster,worker_threads,execa,cross-spawn,shelljs,zx,node-pty}{,.*}",
            ".{Deno.run,Deno.Command,Bun.spawn,Bun.spawnSync,Bun.$}",
            "{.,}process.{binding,dlopen,kill}",
        ),
        ("os/exec{,.*}", "syscall.{Exec,ForkExec,StartProcess}", "os.StartProcess", "plugin{,.*}", "C", "unsafe{,.*}"),
        ("*Runtime.getRuntime*", "*.ProcessBuilder", "*.System.{load,loadLibrary}"),
    ),
    _Kind(
        "evaluation",
        "run text or data as code",
        (
            "{.,builtins.,.__builtins__.}{eval,exec,compile,execfile}",
            "{runpy,code,codeop,ctypes,cffi}{,.*}",
            "{pickle,cPickle,dill,cloudpickle,marshal,shelve,jsonpickle,joblib}.{load,loads,decode,open,Unpickler}",
            "yaml.{load,load_all,unsafe_load,full_load,UnsafeLoader,Loader}",
            "types.{FunctionType,CodeType}",
        ),
        (
            "{.,.globalThis.,.global.,.window.}{eval,Function}",
            "*.constructor.constructor*",
            "{vm,vm2,isolated-vm,node-serialize,serialize-javascript}{,.*}",
        ),
        (),
        ("*ScriptEngine*", "*.ObjectInputStream", "*.GroovyShell", "*.SpelExpressionParser"),
    ),
    _Kind(
        "loading",
        "look up code by a name that is made at run time",
        (
            "{.,builtins.}{__import__,globals,locals,vars}",
            "getattr[]",
            "{importlib,imp,pkgutil,zipimport}{,.*}",
            "sys.{modules,path,meta_path}{,*}",
            "*.{__globals__,__builtins__,__subclasses__,__reduce__,__mro__,__bases__,__code__}{,*}",
        ),
        (
            "{require,import}[]",
            ".{globalThis,global,window,self,process,module}[]",
            "{.,}module.{createRequire,constructor*,_load}",
            "{.,.globalThis.}Reflect{,.*}",
        ),
        ("reflect{,.*}",),
        ("*.Class.forName", "*.getDeclaredMethod", "*.getMethod", "*.setAccessible", "*ClassLoader*"),
    ),
    _Kind(
        "network",
        "reach the network",
        (
            "requests.{get,post,put,patch,delete,head,options,request,Session,session,api*}",
            "httpx.{get,post,put,patch,delete,head,options,request,stream,Client,AsyncClient}",
            "urllib.request{,.*}",
            "{urllib.urlopen,urllib2.urlopen,urllib3.PoolManager,urllib3.request,urllib3.HTTPConnectionPool}",
            "http.client.{HTTPConnection,HTTPSConnection}",
            "aiohttp.{ClientSession,request}",
            "socket.{socket,create_connection,create_server,fromfd,socketpair,getaddrinfo,gethostbyname*}",
            "asyncio.{open_connection,start_server}",
            "{ftplib,smtplib,telnetlib,poplib,imaplib,xmlrpc.client,paramiko,pycurl,socketserver,http.server}.*",
            "{websocket,websockets,pysftp,asyncssh,dns,nntplib}.*",
        ),
        (
            "{.,.globalThis.,.window.}{fetch,XMLHttpRequest,WebSocket,EventSource}",
            ".navigator.sendBeacon",
            "{http,https,http2}.{get,request,connect,createServer}",
            "{net,tls}.{connect,createConnection,createServer,Socket,TLSSocket}",
            "{dgram,dns,dns/promises}.*",
            "{axios,got,node-fetch,undici,superagent,needle,request,request-promise,ky,cross-fetch,ws,nodemailer}{,.*}",
            ".{Deno.connect,Deno.listen,Bun.connect,Bun.serve}",
        ),
        (
            "net/http.{Get,Post,PostForm,Head,NewRequest,NewRequestWithContext,DefaultClient,Client,ListenAndServe*}",
            "net.{Dial,DialTCP,DialUDP,DialTimeout,Dialer,Listen,ListenPacket,Lookup*}",
            "{net/smtp,net/rpc,crypto/tls}.{Dial,DialHTTP,SendMail,NewClient,DialWithDialer}",
        ),
        (
            "*.{HttpClient,HttpURLConnection,URLConnection,Socket,ServerSocket,DatagramSocket,SocketChannel}",
            "*.{RestTemplate,WebClient,OkHttpClient,HttpRequest,InetAddress,Jsoup,CloseableHttpClient}",
            "*.{openConnection,openStream}",
        ),
        catalog="http-call",
    ),
    _Kind(
        "environment",
        "read the environment or a secret",
        (
            "os.{environ,environb,getenv,getenvb}{,.*,[]*}",
            "{keyring,dotenv,getpass,decouple,environ}{,.*}",
            "hvac{,.*}",
        ),
        (
            "{.,}process.env{,.*,[]*}",
            "{.Deno.env,.Bun.env,*import.meta.env}{,.*}",
            "{dotenv,keytar}{,.*}",
            "os.userInfo",
        ),
        ("os.{Getenv,LookupEnv,Environ,ExpandEnv}", "syscall.Getenv"),
        ("*.System.{getenv,getProperty,getProperties}",),
    ),
    _Kind(
        "files",
        "open or change files",
        (
            "{.,builtins.,io.,codecs.,os.,gzip.,bz2.,lzma.,tarfile.,zipfile.,aiofiles.}{open,fdopen,open_code}",
            "os.{remove,unlink,rename,renames,replace,rmdir,removedirs,mkdir,makedirs,listdir,scandir,walk,chmod,chown}",
            "os.{symlink,link,truncate,mkfifo,mknod}",
            "{shutil,glob,fileinput,linecache}{,.*}",
            "*.{read_text,read_bytes,write_text,write_bytes,iterdir,rglob,unlink}",
            "zipfile.ZipFile",
        ),
        (
            "{fs,fs/promises,fs-extra,graceful-fs,rimraf,glob,fast-glob}{,.*}",
            ".{Deno,Bun}.{readFile,readTextFile,writeFile,writeTextFile,open,remove,file,write}",
        ),
        (
            "os.{Open,OpenFile,Create,CreateTemp,ReadFile,WriteFile,ReadDir,Remove,RemoveAll,Rename,Mkdir,MkdirAll}",
            "os.{Chmod,Chown,Symlink,Link,Truncate,DirFS}",
            "{io/ioutil,embed,path/filepath}.{ReadFile,WriteFile,ReadDir,TempFile,FS,Walk,WalkDir,Glob}",
        ),
        (
            "*.{FileInputStream,FileOutputStream,FileReader,FileWriter,RandomAccessFile,FileChannel,PrintWriter}",
            "*.Files{,.*}",
        ),
    ),
)
_SECRET = re.compile(
    r"(?:\w+\.)+[A-Z][A-Z0-9_]*(?:SECRET|PASSWORD|PASSWD|TOKEN|PRIVATE_KEY|API_?KEY|CREDENTIALS?)[A-Z0-9_]*"
)
_HOST = re.compile(
    r"\b(?:https?|wss?|ftp|tcp|jdbc:\w+|postgres\w*|mysql|redis|amqps?|mongodb(?:\+srv)?)://([^/\s\"'`]+)", re.I
)


def added(before: Analysis, after: Analysis) -> Iterator[Added]:
    """What a change brings that was not there, or not as often, the worst first."""
    old, new = _mentions(before, after)
    names = sorted((name for name, count in new.names.items() if count > old.names[name]), key=_telling)
    calls = [name for name, count in new.calls.items() if count > old.calls[name] and "()" not in name]
    language = before.language.id
    for kind in _KINDS:
        known = _names(kind, "javascript" if language in {"typescript", "tsx"} else language)
        shared = _shared(before.rules.catalog.get(kind.catalog, ()))
        for name in dict.fromkeys((*names, *sorted(calls))):
            shown = name.removeprefix(".")
            if name in known or (name in shared and name in calls):
                yield Added(kind.name, kind.does, shown)
            elif kind.name == "loading" and name.endswith(".*"):
                yield Added(kind.name, "import everything", shown)
            elif kind.name == "environment" and _SECRET.fullmatch(shown):
                yield Added(kind.name, kind.does, shown)
    for host in sorted(set(_HOST.findall(after.text)) - set(_HOST.findall(before.text))):
        yield Added("network", "name another host", host)


def capabilities(before: Analysis, after: Analysis) -> tuple[str, ...]:
    """The kinds of things that a change adds, each once: `network`, `programs`, …; a new dependency last."""
    kinds = list(dict.fromkeys(one.kind for one in added(before, after)))
    return (*kinds, *([NEW_DEPENDENCY] if new_dependencies(before, after) else ()))


def new_dependencies(before: Analysis, after: Analysis) -> tuple[str, ...]:
    """The packages from elsewhere that the changed text imports and the text before did not."""
    if before.tree is None or after.tree is None:
        return ()
    language = before.language.id
    old = {_package(name, language) for name in imported(before.tree)}
    new = {_package(name, language) for name in imported(after.tree)}
    return tuple(sorted(name for name in new - old if name and not _is_own(name, language)))


def _telling(name: str) -> tuple[bool, int, str]:
    """The order in which names are told: `subprocess.run` before `subprocess` and before `subprocess.run().stdout`."""
    return "()" in name, -name.count("."), name


def _mentions(before: Analysis, after: Analysis) -> tuple[Mentions, Mentions]:
    """What the changed statements mention before and after."""
    if before.tree is None or after.tree is None:
        return Mentions(), Mentions()
    here, there = changed_span(before.text, after.text)
    return (
        mentions(before.tree, nodes_at(before.tree, here)),
        mentions(after.tree, nodes_at(after.tree, there)),
    )


@cache
def _names(kind: _Kind, language: str) -> NameSet:
    patterns: dict[str, tuple[str, ...]] = {
        "python": kind.python,
        "javascript": kind.javascript,
        "go": kind.go,
        "java": kind.java,
    }
    return NameSet(patterns.get(language, ()))


@cache
def _shared(patterns: tuple[str, ...]) -> NameSet:
    return NameSet(patterns)


def _package(name: str, language: str) -> str:
    """The part of an imported name that is installed as one."""
    if language == "python":
        return "" if name.startswith(".") else name.partition(".")[0]
    if language == "go":
        return name
    if language == "java":
        return ".".join(name.split(".")[:3])
    if name.startswith((".", "/")):
        return ""
    parts = name.split("/")
    return ("/".join(parts[:2]) if name.startswith("@") else parts[0]).partition(".")[0]


def _is_own(package: str, language: str) -> bool:
    """Whether the language comes with it."""
    if language == "python":
        return package in sys.stdlib_module_names
    if language == "go":
        return "." not in package.partition("/")[0]
    if language == "java":
        return package.startswith(("java.", "javax.", "jakarta."))
    return package in _NODE


_NODE = frozenset(
    """assert async_hooks buffer child_process cluster console crypto dgram diagnostics_channel dns domain events fs
    http http2 https inspector module net os path perf_hooks process punycode querystring readline repl stream
    string_decoder timers tls tty url util v8 vm wasi worker_threads zlib""".split()
)
