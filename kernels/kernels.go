// Package kernels makes Go cells run in Jupyter: it sets a machine up, registers the kernels, is the process that Jupyter starts for a notebook,
// and drives JupyterLab and nbclient with them. It knows nothing of models: what opens an engine is a separate program, built with the cells' flags.
//
// Everything it makes lies in [home.Dir] and can be made again:
//
//	env/HASH        Python's virtual environment with JupyterLab, nbclient and the kernelspecs; HASH is that of the requirements
//	engine/DEVICE-HASH   the XLA plugin of a device, from its wheels
//	bin             gonb, goimports, gopls, and curious itself, which the kernelspecs name
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
	Root   string // the checkout
	Home   string // home.Dir()
	Venv   string // Python's virtual environment
	Device Device // the device that was asked for
}

// Bin is the folder of the programs that set-up builds.
func (e *Env) Bin() string { return filepath.Join(e.Home, "bin") }

// Python is the environment's interpreter.
func (e *Env) Python() string { return filepath.Join(e.Venv, "bin", "python") }

// Plugins is the file that tells pkg/engine where each device's plugin lies.
func (e *Env) Plugins() string { return filepath.Join(e.Home, "plugins.json") }

// cellVars are the variables under which cells are compiled and run; the build cache is warmed under exactly these, else every cell rebuilds the world.
func cellVars() map[string]string {
	vars := map[string]string{"GOFLAGS": "-ldflags=-w", "GOMLX_NO_AUTO_INSTALL": "1"}
	if runtime.GOOS == "linux" {
		vars["GOFLAGS"] = "'-ldflags=-w -linkmode=internal'" // the quotes are part of the value
	}
	if runtime.GOARCH == "amd64" {
		vars["GOEXPERIMENT"] = "simd"
		// Under this experiment of Go 1.26 one preemption by signal leaves math.Exp a hundred times slower for as long as its loop runs.
		vars["GODEBUG"] = "asyncpreemptoff=1"
	}
	return vars
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
	vars := cellVars()
	vars["PATH"] = e.Bin() + string(os.PathListSeparator) + pathWithGo()
	vars["CURIOUS_ROOT"] = e.Root
	vars["CURIOUS_HOME"] = e.Home
	vars["CURIOUS_DEVICE"] = string(e.Device)
	if plugin := readPlugins(e.Plugins())[string(CUDA)]; e.Device == CUDA && plugin != "" {
		vars["LD_LIBRARY_PATH"] = strings.TrimSuffix(nvidiaLibraries(plugin)+string(os.PathListSeparator)+os.Getenv("LD_LIBRARY_PATH"), string(os.PathListSeparator))
	}
	if os.Getenv("CURIOUS_RUNS") == "" {
		vars["CURIOUS_RUNS"] = filepath.Join(e.Root, "runs")
	}
	vars["GOWORK"] = "" // a reader's own workspace must not reach into a cell
	vars["GO111MODULE"] = ""
	return vars
}
