"""Executes a notebook through its kernel with nbclient. Reads IN, writes OUT, and tells what it does as JSON lines on standard output."""
import html, json, re, sys, time
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

source, target, kernel, folder, timeout, startup, hide = sys.argv[1:8]


def tell(**event):
    print(json.dumps(event), flush=True)


try:
    with open(source, encoding="utf-8") as f:
        nb = nbformat.read(f, as_version=4)
    nbformat.validate(nb)
except Exception as e:
    tell(event="unreadable", why=str(e).splitlines()[0])
    sys.exit(3)

order = [i for i, c in enumerate(nb.cells) if c.cell_type == "code" and c.source.strip()]
number = {i: n + 1 for n, i in enumerate(order)}
began = {}


def started(cell, cell_index):
    if cell_index in number:
        began[cell_index] = time.monotonic()
        tell(event="start", cell=number[cell_index], of=len(order))


def finished(cell, cell_index, execute_reply=None, **_):
    if cell_index in began:
        tell(event="done", cell=number[cell_index], of=len(order), seconds=round(time.monotonic() - began[cell_index], 2))


def text_of(cell):
    """What a failed cell printed, as plain text: the error GoNB sends is short, the cause stands in its outputs."""
    parts = []
    for out in cell.get("outputs", []):
        if out.output_type == "stream":
            parts.append(out.text)
        elif out.output_type == "error":
            parts.append("\n".join(out.get("traceback") or []) or out.get("evalue", ""))
        elif "text/plain" in out.get("data", {}):
            parts.append(out.data["text/plain"])
        elif "text/html" in out.get("data", {}):
            parts.append(re.sub(r"<style.*?</style>|<[^>]+>", "", out.data["text/html"], flags=re.S))
    return html.unescape(re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(parts)))


def cause(error, text):
    """The line that says why: the compiler's, a panic's, or the one that must.Get printed; else what the kernel said."""
    for line in (error.evalue + "\n" + text).splitlines():
        m = re.search(r"main(?:_test)?\.go:\d+:\d+: (.+)", line) or re.match(r"\s*((?:panic|error|fatal error): .+)", line)
        if m:
            return m[1]
    return (error.ename + ": " + error.evalue).strip(": ").splitlines()[0]


def tidy(nb):
    """Takes out what differs from machine to machine and from day to day, so that a rerun changes only what changed."""
    nb.metadata = {k: v for k, v in nb.metadata.items() if k in ("kernelspec", "language_info", "title", "authors")}
    nb.metadata.setdefault("kernelspec", {"display_name": "Go (Curious, CPU)", "language": "go", "name": "curious-cpu"})
    info = nb.metadata.get("language_info", {})
    nb.metadata["language_info"] = {k: info[k] for k in ("codemirror_mode", "file_extension", "mimetype", "name", "nbconvert_exporter", "pygments_lexer") if info.get(k)}
    hidden = [h.split("=", 1) for h in hide.split("\n") if h]

    def clean(value):
        if isinstance(value, str):
            for path, name in hidden:
                value = value.replace(path, name)
            return re.sub(r"/[^\s\"'<>:]*/gonb_[0-9a-f]+/", "", value)
        if isinstance(value, list):
            return [clean(v) for v in value]
        return value

    for cell in nb.cells:
        for key in ("execution", "collapsed", "scrolled", "ExecuteTime"):
            cell.metadata.pop(key, None)
        for out in cell.get("outputs", []):
            for key in ("text", "traceback", "evalue"):
                if key in out:
                    out[key] = clean(out[key])
            for mime, data in list(out.get("data", {}).items()):
                if mime.startswith("text/"):
                    out.data[mime] = clean(data)


client = NotebookClient(nb, timeout=float(timeout), startup_timeout=float(startup), kernel_name=kernel, resources={"metadata": {"path": folder}},
                        record_timing=False, coalesce_streams=True, on_cell_execute=started, on_cell_executed=finished)
failed = None
try:
    client.execute()
except CellExecutionError as e:
    failed = dict(why=cause(e, text_of(nb.cells[max(began)])))
except CellTimeoutError:
    failed = dict(why="not done after %g s" % float(timeout))
except DeadKernelError as e:
    failed = dict(why="the kernel died: " + str(e))
except Exception as e:
    failed = dict(why="%s: %s" % (type(e).__name__, e))

if failed is not None:
    if began:
        last = max(began)
        failed.update(cell=number[last], of=len(order), text=text_of(nb.cells[last])[-6000:], source=nb.cells[last].source)
    tell(event="failed", **failed)
elif target:
    tidy(nb)
    with open(target, "w", encoding="utf-8") as f:
        nbformat.write(nb, f)
tell(event="end", ok=failed is None)
sys.exit(1 if failed else 0)
