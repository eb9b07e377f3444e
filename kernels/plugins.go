package kernels

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	_ "embed"
)

//go:embed requirements/xla-cpu.txt
var xlaCPURequirements string

//go:embed requirements/cuda.txt
var cudaRequirements string

//go:embed requirements/tpu.txt
var tpuRequirements string

// wheels say which requirements hold a device's XLA plugin, where in them it lies, how much there is to download, and the room that needs.
var wheels = map[Device]struct {
	requirements, plugin, size string
	room                       int64 // bytes, downloads and installed files together
}{
	CPU:  {xlaCPURequirements, "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so", "63 MB", 300_000_000},
	CUDA: {cudaRequirements, "jax_plugins/xla_cuda13/xla_cuda_plugin.so", "about 2 GB", 6_500_000_000},
	TPU:  {tpuRequirements, "libtpu/libtpu.so", "about 160 MB", 1_000_000_000},
}

// plugins is the step that installs the XLA plugins: the CPU's always, another device's when it was asked for.
func (s *setup) plugins(ctx context.Context) error {
	for _, device := range Devices {
		if device != CPU && device != s.Device {
			continue
		}
		if err := s.plugin(ctx, device); err != nil {
			return err
		}
	}
	return s.forgetPlugins()
}

// forgetPlugins takes plugins whose files are gone out of the file that pkg/engine reads.
func (s *setup) forgetPlugins() error {
	known := readPlugins(s.Plugins())
	before := len(known)
	maps.DeleteFunc(known, func(_, plugin string) bool {
		_, err := os.Stat(plugin)
		return err != nil
	})
	if len(known) == before {
		return nil
	}
	return s.writePlugins(known)
}

// plugin installs one device's plugin, or sees that it is whole. Where the CPU's does not exist, the pure-Go engine does.
func (s *setup) plugin(ctx context.Context, device Device) error {
	if device != CPU && (runtime.GOOS != "linux" || runtime.GOARCH != "amd64") {
		return fmt.Errorf("kernels: installing XLA for %s: it exists for Linux x86-64 only, this is %s %s: use --device cpu", device.Title(), runtime.GOOS, runtime.GOARCH)
	}
	w := wheels[device]
	install := func(l *line, dir string) (string, error) {
		return filepath.Join(dir, w.plugin), s.pip(ctx, l, s.Python(), w.requirements, "--target", dir)
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" {
		w.requirements = s.read("go.sum") // go-xla's installer brings the plugin that its version asks for
		install = func(l *line, dir string) (string, error) { return s.fetchPlugin(ctx, l, dir) }
	}
	dir := filepath.Join(s.Home, "engine", string(device)+"-"+hash(w.requirements))
	markFile := filepath.Join(dir, markName)
	if m := readMark(markFile); m.Key != "" {
		switch info, err := os.Stat(m.Values["plugin"]); {
		case m.Values["plugin"] == "":
			return nil // known not to exist for this machine
		case err == nil && fmt.Sprint(info.Size()) == m.Values["bytes"]:
			return s.notePlugin(device, m.Values["plugin"])
		}
		fmt.Fprintf(s.progress.out, "  The XLA plugin for %s is damaged or gone; installing it again.\n", device.Title())
	}
	if err := s.room("installing XLA for "+device.Title(), w.room); err != nil {
		return err
	}
	l := s.progress.step("XLA for " + device.Title())
	m := mark{Key: hash(w.requirements), Values: map[string]string{}}
	err := func() error {
		scratch, err := os.MkdirTemp(s.Home, ".build-")
		if err != nil {
			return s.explain("installing "+l.name, []byte(err.Error()), err)
		}
		defer os.RemoveAll(scratch)
		plugin, err := install(l, scratch)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(scratch, plugin)
		if err != nil {
			return err
		}
		info, err := os.Stat(plugin)
		if err != nil {
			return fmt.Errorf("kernels: installing XLA for %s: the download holds no plugin: %w", device.Title(), err)
		}
		m.Values["plugin"], m.Values["bytes"] = filepath.Join(dir, rel), fmt.Sprint(info.Size())
		if device == CUDA {
			if err := linkNVIDIA(scratch); err != nil {
				return err
			}
		}
		if err := m.write(filepath.Join(scratch, markName)); err != nil {
			return err
		}
		return replaceFolder(scratch, dir)
	}()
	switch {
	case err == nil:
		l.Done("%s", bytesText(folderSize(dir)))
		return s.notePlugin(device, m.Values["plugin"])
	case device == CPU && errors.Is(err, errNoWheel):
		l.Warn("there is no XLA plugin for this machine: cells run on the pure-Go engine, three to four times slower")
		return m.write(markFile)
	case errors.Is(err, errNoWheel):
		l.Fail()
		return fmt.Errorf("%w: use --device cpu", err)
	default:
		l.Fail()
		return err
	}
}

// replaceFolder puts a finished folder in its place in one step, the mark in it included.
func replaceFolder(from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	if err := os.Chmod(from, 0o755); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// markName is the mark inside a plugin's folder.
const markName = "curious.json"

// fetchPlugin runs go-xla's own installer, which has plugins for more machines than there are wheels for. It is a program of its own, since this one
// imports nothing of the engine's.
func (s *setup) fetchPlugin(ctx context.Context, l *line, dir string) (string, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	l.Note("fetching the plugin with go-xla's installer")
	_, said, err := s.goCommand(ctx, l, s.Root, toolVars(), []string{"run", "./kernels/fetchplugin", dir}, nil)
	if err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("%w: %s", errNoWheel, lastLine(string(said)))
	}
	found, err := filepath.Glob(filepath.Join(dir, "pjrt_c_api_cpu_*plugin.*"))
	if err != nil || len(found) == 0 {
		return "", errNoWheel
	}
	return found[0], nil
}

// linkNVIDIA puts NVIDIA's libraries and ptxas where XLA looks for them, as go-xla's installer does: wheels are laid out for JAX, which loads them from Python.
func linkNVIDIA(dir string) error {
	links := map[string]string{
		"jax_plugins/nvidia": "../nvidia",
		"nvidia/bin":         "cu13/bin",
		"nvidia/nvvm":        "cu13/nvvm",
	}
	for link, to := range links {
		link = filepath.Join(dir, link)
		if _, err := os.Lstat(link); err == nil {
			continue
		}
		if err := os.Symlink(to, link); err != nil {
			return fmt.Errorf("kernels: installing XLA for CUDA: %w", err)
		}
	}
	return nil
}

// nvidiaLibraries are the folders of NVIDIA's libraries beside an installed CUDA plugin; JAX loads them from Python, here the system's loader is told of them.
func nvidiaLibraries(plugin string) string {
	dirs, _ := filepath.Glob(filepath.Join(filepath.Dir(plugin), "..", "..", "nvidia", "*", "lib"))
	return strings.Join(dirs, string(os.PathListSeparator))
}

// hardware lists the accelerators that this machine seems to have.
func hardware() (found []Device) {
	if m, _ := filepath.Glob("/dev/nvidia[0-9]*"); len(m) > 0 {
		found = append(found, CUDA)
	} else if out, err := exec.Command("nvidia-smi", "-L").Output(); err == nil && strings.Contains(string(out), "GPU") {
		found = append(found, CUDA)
	}
	if m, _ := filepath.Glob("/dev/accel*"); len(m) > 0 {
		found = append(found, TPU)
	} else if m, _ := filepath.Glob("/dev/vfio/[0-9]*"); len(m) > 0 && os.Getenv("TPU_NAME")+os.Getenv("TPU_ACCELERATOR_TYPE") != "" {
		found = append(found, TPU)
	}
	return found
}

// offer says which accelerators are here and not set up.
func (s *setup) offer() {
	known := readPlugins(s.Plugins())
	for _, d := range hardware() {
		if known[string(d)] == "" {
			fmt.Fprintf(s.progress.out, "  This machine seems to have a %s device: --device %s installs its kernel (%s to download).\n", d.Title(), d, wheels[d].size)
		}
	}
}

// notePlugin puts a device's plugin into the file that pkg/engine reads.
func (s *setup) notePlugin(device Device, plugin string) error {
	known := readPlugins(s.Plugins())
	if known[string(device)] == plugin {
		return nil
	}
	known[string(device)] = plugin
	return s.writePlugins(known)
}

func (s *setup) writePlugins(known map[string]string) error {
	text, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(s.Plugins(), append(text, '\n'))
}

// readPlugins is the map from device to plugin, empty when there is none.
func readPlugins(file string) map[string]string {
	known := map[string]string{}
	if text, err := os.ReadFile(file); err == nil {
		if json.Unmarshal(text, &known) != nil {
			return map[string]string{} // damaged: set-up writes it anew
		}
	}
	return known
}
