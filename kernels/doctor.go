package kernels

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"github.com/curious-go/curious/pkg/data/fetch"
)

// examination is one run of the doctor: each finding is a line, and what is wrong is counted.
type examination struct {
	*Env
	out   io.Writer
	wrong int
}

func (x *examination) fine(what, format string, args ...any) {
	fmt.Fprintf(x.out, "✓ %-12s %s\n", what, fmt.Sprintf(format, args...))
}

// poor is a finding that one can live with.
func (x *examination) poor(what, format string, args ...any) {
	fmt.Fprintf(x.out, "! %-12s %s\n", what, fmt.Sprintf(format, args...))
}

func (x *examination) bad(what, format string, args ...any) {
	x.wrong++
	fmt.Fprintf(x.out, "✗ %-12s %s\n", what, fmt.Sprintf(format, args...))
}

// setUpRemedy is what mends most findings.
const setUpRemedy = "run `go run . install`"

// Doctor looks at everything the course needs, runs a cell in each installed kernel, and says what is wrong and what to do. Nothing is changed.
func Doctor(ctx context.Context, out io.Writer) error {
	e, err := Here(CPU)
	if err != nil {
		return err
	}
	x := &examination{Env: e, out: out}
	x.fine("Go", "%s %s/%s", runtime.Version(), runtime.GOOS, runtime.GOARCH)
	x.compiler(ctx)
	x.python(ctx)
	x.tools(ctx)
	x.modules()
	x.disk()
	x.data()
	installed := x.devices()
	for _, d := range installed {
		x.engine(ctx, d)
	}
	for _, d := range installed {
		x.kernel(ctx, d)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("kernels: examining: stopped")
	}
	if x.wrong > 0 {
		return fmt.Errorf("kernels: examining: %d of these are wrong: see the lines with ✗ for what to do", x.wrong)
	}
	return nil
}

func (x *examination) compiler(ctx context.Context) {
	if _, err := exec.LookPath("go"); err != nil {
		x.bad("go command", "not on PATH: install Go 1.26 or newer (https://go.dev/dl)")
		return
	}
	if hasCCompiler(ctx, x.Root) {
		x.fine("C compiler", "found: XLA can be built in")
	} else {
		x.poor("C compiler", "none: cells run on the pure-Go engine, three to four times slower: %s", remedy("sudo apt install gcc", "install gcc or clang"))
	}
}

func (x *examination) python(ctx context.Context) {
	m := readMark(jupyterEnvironment.mark(x.Home))
	if m.Key == "" {
		if p, err := findPython(ctx); err != nil {
			x.bad("Python", "%v", err)
		} else {
			x.fine("Python", "%s at %s", p.Version, p.Path)
		}
		x.bad("JupyterLab", "not set up: %s", setUpRemedy)
		return
	}
	out, err := exec.CommandContext(ctx, x.Python(), "-c", "import jupyterlab, nbclient; print(jupyterlab.__version__, nbclient.__version__)").CombinedOutput()
	versions := strings.Fields(string(out))
	if err != nil || len(versions) != 2 {
		x.bad("JupyterLab", "its environment is damaged (%v %s): remove %s, then %s", cmpErr(err), lastLine(string(out)), x.Venv, setUpRemedy)
		return
	}
	x.fine("Python", "%s at %s", m.Values["version"], m.Values["python"])
	x.fine("JupyterLab", "%s, nbclient %s", versions[0], versions[1])
}

// tools looks whether what a kernel consists of runs.
func (x *examination) tools(ctx context.Context) {
	version := func(said string) string { return strings.TrimSpace(said) }
	for _, tool := range []struct {
		name, arg, says string                   // what it says when it runs, if it ends with an error all the same
		fine            func(said string) string // what there is to report
	}{
		{"gonb", "-V", "", version},
		{"goimports", "-h", "usage:", func(string) string { return moduleVersion(x.goMod(), "golang.org/x/tools") }}, // it has no word for its version
		{"curious-shim", "", "shim:", func(string) string { return "runs" }},
	} {
		path := filepath.Join(x.Bin(), tool.name)
		if _, err := os.Stat(path); err != nil {
			x.bad(tool.name, "missing: %s", setUpRemedy)
			continue
		}
		out, err := exec.CommandContext(ctx, path, strings.Fields(tool.arg)...).CombinedOutput()
		said := string(out)
		if err != nil && (tool.says == "" || !strings.Contains(said, tool.says)) {
			x.bad(tool.name, "does not run (%v): %s", err, setUpRemedy)
			continue
		}
		x.fine(tool.name, "%s", tool.fine(said))
	}
}

func (x *examination) goMod() string {
	text, _ := os.ReadFile(filepath.Join(x.Root, "go.mod"))
	return string(text)
}

// moduleVersion is the version of a module in the text of a go.mod.
func moduleVersion(goMod, path string) string {
	if m := regexp.MustCompile(`(?m)^\s*(?:require )?` + regexp.QuoteMeta(path) + ` (v\S+)`).FindStringSubmatch(goMod); m != nil {
		return m[1]
	}
	return "not in go.mod"
}

func (x *examination) modules() {
	mod := x.goMod()
	x.fine("GoMLX", "%s, go-xla %s, pure-Go backend %s", moduleVersion(mod, "github.com/gomlx/gomlx"), moduleVersion(mod, "github.com/gomlx/go-xla"), moduleVersion(mod, "github.com/gomlx/compute"))
}

// littleRoom is where a training with its checkpoints, or a data set, may no longer fit.
const littleRoom = 2_000_000_000

func (x *examination) disk() {
	for _, dir := range []string{x.Home, x.Root} {
		for ; ; dir = filepath.Dir(dir) {
			if _, err := os.Stat(dir); err == nil || dir == filepath.Dir(dir) {
				break
			}
		}
		free, ok := freeSpace(dir)
		switch {
		case !ok:
		case free < littleRoom/10:
			x.bad("Disk", "%s free at %s: `go run . clean`, or make room", bytesText(free), dir)
		case free < littleRoom:
			x.poor("Disk", "%s free at %s: a data set or long training may not fit: `go run . clean`, or make room", bytesText(free), dir)
		default:
			x.fine("Disk", "%s free at %s", bytesText(free), dir)
		}
	}
	if err := writable(x.Home); err != nil {
		x.bad("Cache", "%v", err)
	} else {
		x.fine("Cache", "%s", x.Home)
	}
}

func (x *examination) data() {
	for _, set := range fetch.Sets() {
		found, missing, err := set.Find()
		switch {
		case err != nil:
			x.bad("Data", "%v", err)
		case len(missing) > 0:
			x.poor("Data", "%s: not here, so notebooks use drawn digits and say so: `go run . data get %s` (%s)", set.Title, set.Name, bytesText(set.Size()))
		default:
			x.fine("Data", "%s: %d files in %s", set.Title, len(found), found[0].Where)
		}
	}
}

// devices lists those whose kernels are installed, and says which hardware is not set up.
func (x *examination) devices() (installed []Device) {
	known := readPlugins(x.Plugins())
	for _, d := range Devices {
		if _, err := os.Stat(filepath.Join(x.Venv, "share", "jupyter", "kernels", d.Kernel(), "kernel.json")); err == nil {
			installed = append(installed, d)
		}
	}
	for _, d := range hardware() {
		if known[string(d)] == "" {
			x.poor("Hardware", "%s found and not set up: `go run . install --device %s`", d.Title(), d)
		} else {
			x.fine("Hardware", "%s found", d.Title())
		}
	}
	if len(installed) == 0 {
		x.bad("Kernels", "none installed: %s", setUpRemedy)
	}
	return installed
}

// engine opens a device's engine as a cell would and measures a product.
func (x *examination) engine(ctx context.Context, d Device) {
	name := "Engine " + d.Title()
	plugin := readPlugins(x.Plugins())[string(d)]
	if plugin != "" {
		m := readMark(filepath.Join(x.Home, "engine", string(d)+"-"+hash(wheels[d].requirements), markName))
		info, err := os.Stat(plugin)
		if err != nil || m.Values["bytes"] != "" && m.Values["plugin"] == plugin && fmt.Sprint(info.Size()) != m.Values["bytes"] {
			x.bad(name, "the plugin %s is damaged or gone: %s", plugin, setUpRemedy)
			return
		}
	}
	e := *x.Env
	e.Device = d
	cmd, err := e.program(ctx, "./kernels/probe")
	if err != nil {
		x.bad(name, "%v", err)
		return
	}
	out, err := cmd.Output()
	var found struct {
		Engine, Kind, Why string
		GFLOPS            float64
		Size              int
	}
	if err == nil {
		err = json.Unmarshal(out, &found)
	}
	switch {
	case err != nil:
		x.bad(name, "%v", exitText(err))
	case found.Kind != "xla" && plugin != "" && hasCCompiler(ctx, x.Root):
		x.bad(name, "pure Go although XLA is installed: %s", found.Why)
	case found.Kind != "xla":
		x.poor(name, "%s", strings.TrimPrefix(found.Engine, "engine: "))
	default:
		x.fine(name, "%s", strings.TrimPrefix(found.Engine, "engine: "))
	}
	if found.GFLOPS > 0 {
		x.fine("Product "+d.Title(), "%.0f GFLOP/s in a product of two %d×%d matrices", found.GFLOPS, found.Size, found.Size)
	}
}

// aCell imports the module from the checkout, so that it shows the whole way: Jupyter, kernel, GoNB, compiler, linker.
const aCell = `{"cells":[{"cell_type":"code","execution_count":null,"id":"doctor","metadata":{},"outputs":[],"source":["import \"github.com/curious-go/curious/pkg/home\"\n","%%\n",` +
	`"root, err := home.Root()\n","if err != nil || root == \"\" { panic(err) }"]}],"metadata":{"kernelspec":{"display_name":"","language":"go","name":""}},"nbformat":4,"nbformat_minor":5}`

// kernel runs a cell.
func (x *examination) kernel(ctx context.Context, d Device) {
	name := "Kernel " + d.Title()
	if ctx.Err() != nil {
		return
	}
	dir, err := os.MkdirTemp("", "curious-doctor-")
	if err != nil {
		x.bad(name, "%v", err)
		return
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, "cell.ipynb")
	if err := os.WriteFile(file, []byte(aCell), 0o644); err != nil {
		x.bad(name, "%v", err)
		return
	}
	e := *x.Env
	e.Device = d
	took, err := e.Notebook(ctx, file, Run{Timeout: 3 * time.Minute, Out: io.Discard})
	if err != nil {
		x.bad(name, "a cell does not run: %v: %s; logs are in %s", strings.ReplaceAll(err.Error(), file, "it"), setUpRemedy, filepath.Join(x.Home, "logs"))
		return
	}
	x.fine(name, "a cell ran: %s with Jupyter's and the kernel's start", seconds(took))
}
