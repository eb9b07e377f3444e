package train

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/renameio/v2"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/home"
)

// Run is what a training leaves behind, and what the next cell opens by name: a folder with
//
//	run.json           what was trained, on what, with which numbers
//	metrics.jsonl      one line a step, one more a validation
//	checkpoints/       the last two, as safetensors
//	samples/           pictures that the recipe drew
type Run struct {
	Settings
	Dir     string
	Step    int          // steps taken so far
	Store   *model.Store // the averaged weights, at the paths that the model's functions give them
	Backend compute.Backend
	Engine  string // the engine's own line
}

// Settings is what makes two trainings the same one. It is kept in run.json.
type Settings struct {
	Name    string  `json:"name"`
	Preset  string  `json:"preset"`
	Data    string  `json:"data"`
	Unit    string  `json:"unit"`
	Seed    int64   `json:"seed"`
	Steps   int     `json:"steps"`
	Rate    Rate    `json:"rate"`
	Clip    float64 `json:"clip_norm"`
	Average float64 `json:"average"`
	RMSProp bool    `json:"rmsprop"`
	Config  any     `json:"config"`
}

// Metric is one line of metrics.jsonl.
type Metric struct {
	Step     int                `json:"step"` // steps taken, from 1
	Loss     float64            `json:"loss"`
	Parts    map[string]float64 `json:"parts,omitempty"`
	GradNorm float64            `json:"grad_norm,omitempty"`
	Rate     float64            `json:"rate,omitempty"`
	Seconds  float64            `json:"seconds,omitempty"` // spent training so far, in all sittings
	Valid    bool               `json:"valid,omitempty"`   // measured on the validation batches with averaged weights
}

func (t *Task) settings() Settings {
	return Settings{t.Name, t.Preset, t.Data, t.Unit, t.Seed, t.Steps, t.Rate, t.ClipNorm, t.Average, t.RMSProp, t.Config}
}

// Title is NAME-PRESET.
func (id Settings) Title() string { return id.Name + "-" + id.Preset }

// Done says whether all steps have been taken.
func (r *Run) Done() bool { return r.Step >= r.Steps }

// Dir is the folder of the run of that name and preset, there or not.
func Dir(name, preset string) (string, error) {
	runs, err := home.Runs()
	if err != nil {
		return "", fmt.Errorf("train: finding the folder of runs: %w", err)
	}
	return filepath.Join(runs, name+"-"+preset), nil
}

// Open opens the run of that name and preset, trained in this process or another, whole or in part. config, a pointer, is filled with the
// run's own configuration. A run that another kind of model left, or none, is an error with the remedy.
func Open(name, preset string, config any) (*Run, error) {
	dir, err := Dir(name, preset)
	if err != nil {
		return nil, err
	}
	run, err := open(dir, config)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNoCheckpoint) {
		return nil, fmt.Errorf("train: opening run %s-%s: nothing was trained yet in %s: run the cell that calls Fit first", name, preset, dir)
	}
	return run, err
}

func open(dir string, config any) (*Run, error) {
	text, err := os.ReadFile(filepath.Join(dir, "run.json"))
	if err != nil {
		return nil, fmt.Errorf("train: opening a run: %w", err)
	}
	run := &Run{Dir: dir}
	run.Config = config
	if err := decodeStrictly(text, &run.Settings); err != nil {
		return nil, fmt.Errorf("train: opening run %s: it is another model's, or damaged: %w: remove the folder to train anew", dir, err)
	}
	e, err := engine.Open()
	if err != nil {
		return nil, err
	}
	run.Backend, run.Engine = e.Backend, e.String()
	store := model.NewStore()
	run.Step, err = loadCheckpoint(filepath.Join(dir, "checkpoints"), store, func(string) {})
	if err != nil {
		return nil, err
	}
	run.Store, err = averaged(store, run.Seed)
	return run, err
}

func decodeStrictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// averaged copies the weights that score, the averages where there are any, into a store of their own.
func averaged(store *model.Store, seed int64) (*model.Store, error) {
	out, err := newStore(seed)
	if err != nil {
		return nil, err
	}
	return out, copyAverages(store, out)
}

func copyAverages(from, to *model.Store) error {
	for _, v := range weightsOf(from) {
		best := v
		if mean := from.GetVariable(averagePath(v)); mean != nil {
			best = mean
		}
		value, err := best.MustValue().LocalClone()
		if err != nil {
			return fmt.Errorf("train: copying weights: %w", err)
		}
		path := strings.TrimPrefix(v.Path(), "/"+modelScope)
		if old := to.GetVariable(path); old != nil {
			err = old.SetValue(value)
		} else {
			_, err = to.CreateVariable(path, value)
		}
		if err != nil {
			return fmt.Errorf("train: copying weights: %w", err)
		}
	}
	return nil
}

// Metrics reads the run's learning curve.
func (r *Run) Metrics() ([]Metric, error) { return readMetrics(r.Dir) }

func readMetrics(dir string) ([]Metric, error) {
	file, err := os.Open(filepath.Join(dir, "metrics.jsonl"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("train: reading metrics: %w", err)
	}
	defer file.Close()
	var metrics []Metric
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var m Metric
		if json.Unmarshal(lines.Bytes(), &m) != nil {
			break // the torn last line of a killed training
		}
		metrics = append(metrics, m)
	}
	return metrics, lines.Err()
}

// rewriteMetrics keeps what was measured up to a step: a resumed training goes on from its checkpoint, and so must its curve.
func rewriteMetrics(dir string, upTo int) ([]Metric, error) {
	metrics, err := readMetrics(dir)
	if err != nil {
		return nil, err
	}
	metrics = slices.DeleteFunc(metrics, func(m Metric) bool { return m.Step > upTo })
	var text bytes.Buffer
	for _, m := range metrics {
		line, err := json.Marshal(m)
		if err != nil {
			return nil, fmt.Errorf("train: writing metrics: %w", err)
		}
		text.Write(append(line, '\n'))
	}
	if err := renameio.WriteFile(filepath.Join(dir, "metrics.jsonl"), text.Bytes(), 0o644); err != nil {
		return nil, fmt.Errorf("train: writing metrics: %w", err)
	}
	return metrics, nil
}

// sameSettings writes run.json, or compares it with the one that is there and names every difference.
func sameSettings(dir string, id Settings) error {
	text, err := json.MarshalIndent(id, "", "  ")
	if err != nil {
		return fmt.Errorf("train: writing the configuration of run %s: %w", id.Title(), err)
	}
	path := filepath.Join(dir, "run.json")
	old, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := renameio.WriteFile(path, append(text, '\n'), 0o644); err != nil {
			return fmt.Errorf("train: writing the configuration of run %s: %w", id.Title(), err)
		}
		return nil
	}
	if err != nil {
		return fmt.Errorf("train: reading the configuration of run %s: %w", id.Title(), err)
	}
	var before, now any
	if err := json.Unmarshal(old, &before); err != nil {
		return fmt.Errorf("train: reading %s: %w: remove the folder to train anew", path, err)
	}
	if err := json.Unmarshal(text, &now); err != nil {
		return err
	}
	if changes := differences("", before, now); len(changes) > 0 {
		return fmt.Errorf("train: run %s in %s was trained with other numbers (%s): give the recipe another Name, or remove the folder to train anew",
			id.Title(), dir, strings.Join(changes, "; "))
	}
	return nil
}

// differences compares two JSON trees and lists "path: before, now after".
func differences(path string, before, now any) []string {
	a, aIsMap := before.(map[string]any)
	b, bIsMap := now.(map[string]any)
	if !aIsMap || !bIsMap {
		if x, y := compact(before), compact(now); x != y {
			return []string{fmt.Sprintf("%s: %s, now %s", strings.TrimPrefix(path, "."), x, y)}
		}
		return nil
	}
	keys := map[string]bool{}
	for key := range a {
		keys[key] = true
	}
	for key := range b {
		keys[key] = true
	}
	var names []string
	for key := range keys {
		names = append(names, key)
	}
	slices.Sort(names)
	var changes []string
	for _, key := range names {
		changes = append(changes, differences(path+"."+key, a[key], b[key])...)
	}
	return changes
}

func compact(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}

// FreeTensors releases the memory of tensors at once, on the device too.
func freeTensors(ts []*tensors.Tensor) {
	for _, t := range ts {
		t.FinalizeAll()
	}
}
