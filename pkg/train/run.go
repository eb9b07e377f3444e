package train

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/engine"
	"github.com/curious-go/curious/pkg/home"
	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/show"
)

// Run is what a training leaves behind, and what the next cell opens by name: a folder with
//
//	run.json           what was trained, on what, with which numbers
//	metrics.jsonl      one line a step, one more a validation
//	checkpoints/       the last two, as safetensors
//	samples/           pictures that were kept with it, see [Run.Keep]
type Run struct {
	Settings
	Dir     string
	Step    int          // steps taken so far
	Store   *model.Store // the averaged weights, at the paths that the model's functions give them
	Backend compute.Backend
	Engine  string // the engine's own line
}

// Done says whether all steps have been taken.
func (r *Run) Done() bool { return r.Step >= r.Steps }

// Trained is the run itself, for who holds a model's run of any kind.
func (r *Run) Trained() *Run { return r }

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
	if errors.Is(err, fs.ErrNotExist) {
		if err := knownPreset(name+"-"+preset, preset); err != nil {
			return nil, err
		}
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNoCheckpoint) {
		return nil, fmt.Errorf("train: opening run %s-%s: nothing was trained yet in %s: run the cell that calls Fit first", name, preset, dir)
	}
	return run, err
}

// OpenRecipe opens a model's run at a preset, with the recipe that trained it: the run of the model's own name, or of another one where that is given, as "pixelcnn-classes" is.
func OpenRecipe[Recipe any](own, preset string, name ...string) (run *Run, recipe Recipe, err error) {
	if len(name) > 0 {
		own = name[0]
	}
	run, err = Open(own, preset, &recipe)
	return run, recipe, err
}

func open(dir string, config any) (*Run, error) {
	text, err := os.ReadFile(filepath.Join(dir, "run.json"))
	if err != nil {
		return nil, fmt.Errorf("train: opening a run: %w", err)
	}
	run := &Run{Dir: dir}
	run.Config = config
	if err := decodeStrictly(text, &run.Settings); err != nil {
		return nil, fmt.Errorf("train: opening run %s: it is another model's, or damaged: %w: open it with that model, or remove the folder to train anew", dir, err)
	}
	e, err := engine.Open()
	if err != nil {
		return nil, err
	}
	run.Backend, run.Engine = e.Backend, e.String()
	store := model.NewStore()
	run.Step, err = loadCheckpoint(filepath.Join(dir, "checkpoints"), store, func(note string) {
		fmt.Fprintf(os.Stderr, "%s: %s\n", run.Title(), note)
	})
	if err != nil {
		return nil, err
	}
	if run.Store, err = averaged(store, run.Seed); err != nil {
		return nil, err
	}
	return run, nil
}

func decodeStrictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// averaged copies the weights that score, the averages where there are any, into a store of their own, to which no layer may add.
func averaged(store *model.Store, seed int64) (*model.Store, error) {
	out, err := newStore(seed)
	if err != nil {
		return nil, err
	}
	out.SetParam("/"+nn.TrainedParam, true)
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
		} else if old, err = to.CreateVariable(path, value); err == nil {
			old.SetTrainable(v.Trainable)
		}
		if err != nil {
			return fmt.Errorf("train: copying weights: %w", err)
		}
	}
	return nil
}

// KeepOnce draws a figure into the run's folder of samples, samples/NAME-step-STEP.png, unless this step's is there already.
func (r *Run) KeepOnce(name string, draw func() (show.Figure, error)) error {
	path := filepath.Join(r.Dir, "samples", fmt.Sprintf("%s-step-%08d.png", name, r.Step))
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	fig, err := draw()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(path), 0o755)
	}
	if err == nil {
		err = show.Save(fig, path)
	}
	if err != nil {
		return withRemedy(fmt.Errorf("train: keeping a picture of run %s: %w", r.Title(), err))
	}
	return nil
}
