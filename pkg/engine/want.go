package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/curious-go/curious/pkg/home"
)

const remedy = "`go run . lab` sets XLA up, `go run . doctor` says what is wrong"

var devices = []string{"cpu", "cuda", "tpu"}

// want is what the environment asks for.
type want struct {
	kind   string // "xla" or "go"
	device string
	plugin string // absolute path
	asked  bool   // by name, so that something else will not do
	why    string // why pure Go
	remedy string // of why
}

func wanted(getenv func(string) string) (want, error) {
	word, device := getenv("CURIOUS_ENGINE"), getenv("CURIOUS_DEVICE")
	if device != "" && !slices.Contains(devices, device) {
		return want{}, fmt.Errorf("engine: CURIOUS_DEVICE=%q: unknown device: use %s", device, strings.Join(devices, ", "))
	}
	kind, rest, _ := strings.Cut(word, ":")
	switch {
	case word == "go":
		return want{kind: "go", device: "cpu", why: "CURIOUS_ENGINE=go asks for it"}, nil
	case word == "" || word == "xla":
	case kind == "xla" && slices.Contains(devices, rest):
		device = rest
	case kind == "xla" && filepath.IsAbs(rest):
		return want{kind: "xla", device: deviceOf(rest, device), plugin: rest, asked: true}, nil
	default:
		return want{}, fmt.Errorf("engine: CURIOUS_ENGINE=%q: unknown engine: use go, xla, xla:cpu, xla:cuda, xla:tpu, or xla: and the absolute path of a plugin", word)
	}
	w := want{kind: "xla", device: device, asked: word != "" || (device != "" && device != "cpu")}
	plugins, err := installed()
	if err == nil {
		if w.device == "" {
			w.device = "cpu"
		}
		if w.plugin = plugins[w.device]; w.plugin == "" {
			err = fmt.Errorf("no plugin for %s is set up", w.device)
		}
	}
	switch {
	case err == nil:
		return w, nil
	case w.asked:
		return want{}, fmt.Errorf("engine: opening XLA: %w: %s", err, remedy)
	}
	return want{kind: "go", device: "cpu", why: err.Error(), remedy: remedy}, nil
}

// deviceOf guesses from the plugin's file name.
func deviceOf(plugin, otherwise string) string {
	name := strings.ToLower(filepath.Base(plugin))
	switch {
	case strings.Contains(name, "cuda"), strings.Contains(name, "gpu"):
		return "cuda"
	case strings.Contains(name, "tpu"):
		return "tpu"
	case otherwise == "":
		return "cpu"
	}
	return otherwise
}

// installed reads what set-up wrote.
func installed() (map[string]string, error) {
	dir, err := home.Dir()
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "plugins.json")
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("XLA is not set up on this machine")
	}
	if err != nil {
		return nil, err
	}
	var plugins map[string]string
	if err := json.Unmarshal(text, &plugins); err != nil {
		return nil, fmt.Errorf("reading %s: %w", file, err)
	}
	for device, plugin := range plugins {
		if !filepath.IsAbs(plugin) {
			return nil, fmt.Errorf("%s names %q for %s, which is no absolute path", file, plugin, device)
		}
	}
	return plugins, nil
}
