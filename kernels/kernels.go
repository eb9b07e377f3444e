// Package kernels makes Go cells run in Jupyter: it sets a machine up, registers the kernels, is the process that Jupyter starts for a notebook,
// and drives JupyterLab and nbclient with them. It knows nothing of models: what opens an engine is a separate program, built with the cells' flags.
//
// Everything it makes lies in [home.Dir] and, but for the history, can be made again:
//
//	env/HASH        Python's virtual environment with JupyterLab, nbclient and the kernelspecs, and the one with clients for tests; HASH is that of the requirements
//	engine/DEVICE-HASH   the XLA plugin of a device, from its wheels
//	browser         what drives the browser in tests
//	bin             gonb, goimports, curious-shim, and curious itself, which the kernelspecs name
//	history         what was typed into cells
//	jupyter         JupyterLab's own settings, apart from the reader's
//	logs            what the tools said
//	plugins.json    from device to plugin, for pkg/engine
package kernels

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/curious-go/curious/pkg/home"
)

// Device is what a kernel computes on.
type Device string

// The devices that a kernel can be started for.
const (
	CPU  Device = "cpu"
	CUDA Device = "cuda"
	TPU  Device = "tpu"
)

// Devices are all of them, the one that every machine has first.
var Devices = []Device{CPU, CUDA, TPU}

// ParseDevice reads a device's name; an unknown one is an error that names the nearest.
func ParseDevice(name string) (Device, error) {
	names := make([]string, len(Devices))
	for i, d := range Devices {
		if string(d) == name {
			return d, nil
		}
		names[i] = string(d)
	}
	hint := DidYouMean(name, names)
	if other, ok := map[string]string{"gpu": "cuda", "nvidia": "cuda"}[strings.ToLower(name)]; ok {
		hint = ", did you mean " + other + "?"
	}
	return "", fmt.Errorf("kernels: unknown device %q%s: choose one of %s", name, hint, strings.Join(names, ", "))
}

// Title is the device's name as people write it.
func (d Device) Title() string { return strings.ToUpper(string(d)) }

// Kernel is the name of the device's kernelspec.
func (d Device) Kernel() string { return "curious-" + string(d) }

// Env is a machine that has been set up: where things are.
type Env struct {
	Root   string // the checkout; in a kernel, the module whose packages cells import
	Home   string // home.Dir()
	Venv   string // Python's virtual environment, "" where only kernels are set up
	Device Device // the device that was asked for
}

// Bin is the folder of the programs that set-up builds.
func (e *Env) Bin() string { return filepath.Join(e.Home, "bin") }

// Python is the environment's interpreter.
func (e *Env) Python() string { return pythonOf(e.Venv) }

// Plugins is the file that tells pkg/engine where each device's plugin lies.
func (e *Env) Plugins() string { return filepath.Join(e.Home, "plugins.json") }

// lean links a program without what only a debugger reads: it then starts sooner.
const lean = "-ldflags=-w"

// courseVars are the variables under which cells of the course are compiled and run; the build cache is warmed under exactly these, else every cell rebuilds the world.
func courseVars() map[string]string {
	vars := map[string]string{"GOFLAGS": lean, "GOMLX_NO_AUTO_INSTALL": "1"}
	if runtime.GOOS == "linux" {
		// XLA's C code, which makes Go choose the C linker, does without it. The quotes are part of the value.
		vars["GOFLAGS"] = "'-ldflags=-s -w -linkmode=internal'"
	}
	if runtime.GOARCH == "amd64" {
		vars["GOEXPERIMENT"] = "simd"
		// Under this experiment of Go 1.26 one preemption by signal leaves math.Exp a hundred times slower for as long as its loop runs.
		vars["GODEBUG"] = "asyncpreemptoff=1"
	}
	return vars
}

// foreignVars are those for a module that is not the course. Go's settings are that module's own affair, the linker among them: without the C linker, C++ that a
// module brings would compile, and abort at its first exception.
func foreignVars() map[string]string {
	own := os.Getenv("GOFLAGS")
	if own == lean || strings.HasSuffix(own, " "+lean) { // this process is a kernel's already
		return map[string]string{"GOFLAGS": own}
	}
	return map[string]string{"GOFLAGS": strings.TrimSpace(own + " " + lean)}
}

// environ is this process's environment with the variables of set put in; a variable that is set to "" is taken out.
func environ(set ...map[string]string) []string {
	vars := map[string]string{}
	for _, m := range set {
		for name, value := range m {
			vars[name] = value
		}
	}
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if _, ours := vars[name]; !ours {
			env = append(env, kv)
		}
	}
	for name, value := range vars {
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// CellVars are the variables of a cell of this environment, for [environ]: a kernel, a test and a small program of the checkout all run under them.
func (e *Env) CellVars() map[string]string {
	var vars map[string]string
	if home.IsCheckout(e.Root) {
		vars = courseVars()
		vars["CURIOUS_DEVICE"] = string(e.Device)
		if plugin := readPlugins(e.Plugins())[string(CUDA)]; e.Device == CUDA && plugin != "" {
			vars["LD_LIBRARY_PATH"] = strings.TrimSuffix(nvidiaLibraries(plugin)+string(os.PathListSeparator)+os.Getenv("LD_LIBRARY_PATH"), string(os.PathListSeparator))
		}
		if os.Getenv("CURIOUS_RUNS") == "" {
			vars["CURIOUS_RUNS"] = filepath.Join(e.Root, "runs")
		}
	} else {
		vars = foreignVars()
	}
	vars["PATH"] = e.Bin() + string(os.PathListSeparator) + pathWithGo()
	vars["CURIOUS_ROOT"] = e.Root
	vars["CURIOUS_HOME"] = e.Home
	vars["GOWORK"] = "" // a reader's own workspace must not reach into a cell
	vars["GO111MODULE"] = ""
	return vars
}
