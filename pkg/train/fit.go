// Package train holds the one training loop of the course.
//
// [Fit] trains a [Task] and leaves a [Run], a visible folder, behind. Stopping it (■ in a notebook, Ctrl-C in a terminal) keeps the weights;
// calling it again goes on from there, and ends with the same numbers, to the bit, as a training that was never stopped.
package train

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/engine"
)

// ErrStopped says that a training was interrupted; its weights are safe, and the same call goes on.
var ErrStopped = errors.New("stopped")

// saveEvery bounds what a kill -9 can lose.
const saveEvery = 30 * time.Second

// Fit trains the task to its end, or from where it was stopped. It ends early, with an error that says what to do, when it is interrupted, when a
// number is no longer finite, when the run belongs to another task, or when another process is training it.
func Fit(task Task) (*Run, error) {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	return FitContext(ctx, task)
}

// FitContext is [Fit] that stops when ctx is done.
func FitContext(ctx context.Context, task Task) (*Run, error) {
	if err := task.check(); err != nil {
		return nil, err
	}
	dir, err := Dir(task.Name, task.Preset)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, freeSpaceRemedy(fmt.Errorf("train: making the run's folder: %w", err))
	}
	lock := flock.New(filepath.Join(dir, ".lock"))
	if held, err := lock.TryLock(); err != nil {
		return nil, fmt.Errorf("train: locking run %s: %w", task.Title(), err)
	} else if !held {
		return nil, fmt.Errorf("train: run %s is being trained by another process: wait for it, or stop it there", task.Title())
	}
	defer lock.Unlock()
	if err := sameSettings(dir, task.settings()); err != nil {
		return nil, freeSpaceRemedy(err)
	}
	e, err := engine.Open()
	if err != nil {
		return nil, err
	}
	l := &loop{task: &task, dir: dir, engine: e}
	if err := l.run(ctx); err != nil {
		return nil, freeSpaceRemedy(err)
	}
	run := &Run{Settings: task.settings(), Dir: dir, Step: l.step, Backend: e.Backend, Engine: e.String()}
	run.Store, err = averaged(l.store, task.Seed)
	return run, err
}

// loop is one sitting of a training.
type loop struct {
	task   *Task
	dir    string
	engine *engine.Engine

	store   *model.Store
	stepper *stepper
	scorer  *scorer
	view    view
	metrics *bufio.Writer

	step   int           // steps taken
	before time.Duration // spent in earlier sittings
	start  time.Time
	saved  time.Time
}

func (l *loop) run(ctx context.Context) (err error) {
	t := l.task
	if l.store, err = newStore(t.Seed); err != nil {
		return err
	}
	l.view = newView(t, l.engine.String())
	defer func() { l.view.end(err) }()

	l.step, err = loadCheckpoint(l.checkpoints(), l.store, l.view.note)
	if err != nil && !errors.Is(err, errNoCheckpoint) {
		return err
	}
	history, err := rewriteMetrics(l.dir, l.step)
	if err != nil {
		return err
	}
	for _, m := range history {
		l.before = time.Duration(m.Seconds * float64(time.Second))
		l.view.metric(m)
	}
	if l.step >= t.Steps {
		l.view.note(fmt.Sprintf("run %s has all of its %d steps; remove %s to train it anew", t.Title(), t.Steps, l.dir))
		return nil
	}
	if l.step > 0 {
		l.view.note(fmt.Sprintf("going on from step %d of %d", l.step, t.Steps))
	}
	file, err := os.OpenFile(filepath.Join(l.dir, "metrics.jsonl"), os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("train: opening metrics: %w", err)
	}
	defer file.Close()
	l.metrics = bufio.NewWriter(file)
	if l.stepper, err = newStepper(l.engine.Backend, l.store, t); err != nil {
		return err
	}
	l.start, l.saved = time.Now(), time.Now()
	for l.step < t.Steps {
		if ctx.Err() != nil {
			if err := l.save(); err != nil {
				return err
			}
			return fmt.Errorf("train: %w at step %d of %d: the weights are kept; run this again to go on", ErrStopped, l.step, t.Steps)
		}
		if err := l.once(); err != nil {
			return err
		}
	}
	return l.save()
}

// once takes a step, writes it down, and validates and saves when it is time to.
func (l *loop) once() error {
	t := l.task
	rate := t.Rate.At(l.step, t.Steps)
	batch := t.Batch(l.step)
	n, err := l.stepper.run(rate, batch)
	if err != nil {
		return fmt.Errorf("train: run %s: step %d: %w", t.Title(), l.step+1, err)
	}
	l.step++
	if what, ok := n.finite(l.stepper.names); !ok {
		return fmt.Errorf("train: run %s: the %s was not finite at step %d: %s: lower Rate.Peak or set ClipNorm", t.Title(), what, l.step, l.lastGood())
	}
	metric := Metric{Step: l.step, Loss: n.Loss, GradNorm: n.GradNorm, Rate: rate, Seconds: l.spent().Seconds()}
	if len(n.Parts) > 0 {
		metric.Parts = map[string]float64{}
		for i, name := range l.stepper.names {
			metric.Parts[name] = n.Parts[i]
		}
	}
	if err := l.write(metric); err != nil {
		return err
	}
	if len(t.Valid) > 0 && (l.step%t.ValidEvery == 0 || l.step == t.Steps) {
		if err := l.validate(); err != nil {
			return err
		}
	}
	if time.Since(l.saved) > saveEvery {
		return l.save()
	}
	return nil
}

func (l *loop) spent() time.Duration { return l.before + time.Since(l.start) }

func (l *loop) checkpoints() string { return filepath.Join(l.dir, "checkpoints") }

func (l *loop) write(m Metric) error {
	line, err := json.Marshal(m)
	if err == nil {
		_, err = l.metrics.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("train: writing metrics: %w", err)
	}
	l.view.metric(m)
	return nil
}

// save makes the metrics and then the checkpoint durable, in this order: a checkpoint's curve is then always whole.
func (l *loop) save() error {
	if err := l.metrics.Flush(); err != nil {
		return fmt.Errorf("train: writing metrics: %w", err)
	}
	if err := saveCheckpoint(l.checkpoints(), l.store, l.step); err != nil {
		return fmt.Errorf("%w; %s", err, l.lastGood())
	}
	l.saved = time.Now()
	return nil
}

// lastGood names the newest checkpoint there is.
func (l *loop) lastGood() string {
	files, err := checkpointFiles(l.checkpoints())
	if err != nil || len(files) == 0 {
		return "no checkpoint was saved yet"
	}
	return "the last good checkpoint is " + files[0]
}

func (l *loop) validate() error {
	if l.scorer == nil {
		l.scorer = &scorer{}
	}
	m, err := l.scorer.score(l)
	if err != nil {
		return fmt.Errorf("train: validating at step %d: %w", l.step, err)
	}
	return l.write(m)
}

// scorer evaluates the objective with the averaged weights, in a store of its own, so that training's random numbers are left alone.
type scorer struct {
	store *model.Store
	exec  *model.Exec
	names []string
}

func (s *scorer) score(l *loop) (Metric, error) {
	if s.exec == nil {
		store, err := newStore(l.task.Seed)
		if err != nil {
			return Metric{}, err
		}
		s.store = store
		s.exec, err = model.NewExec(l.engine.Backend, store, func(scope *model.Scope, inputs []*Node) []*Node {
			loss, parts := l.task.Objective(scope, inputs)
			outputs := []*Node{loss}
			s.names = nil
			for _, part := range parts {
				s.names = append(s.names, part.Name)
				outputs = append(outputs, part.Value)
			}
			return outputs
		})
		if err != nil {
			return Metric{}, err
		}
	}
	if err := copyAverages(l.store, s.store); err != nil {
		return Metric{}, err
	}
	if err := s.store.SetRNGStateFromSeed(l.task.Seed); err != nil {
		return Metric{}, err
	}
	metric := Metric{Step: l.step, Seconds: l.spent().Seconds(), Valid: true}
	share := 1 / float64(len(l.task.Valid))
	for _, batch := range l.task.Valid {
		inputs := batch()
		args := make([]any, len(inputs))
		for i, t := range inputs {
			args[i] = t
		}
		outputs, err := s.exec.Call(args...)
		freeTensors(inputs)
		if err != nil {
			return Metric{}, err
		}
		metric.Loss += share * float64(tensors.ToScalar[float32](outputs[0]))
		for i, name := range s.names {
			if metric.Parts == nil {
				metric.Parts = map[string]float64{}
			}
			metric.Parts[name] += share * float64(tensors.ToScalar[float32](outputs[i+1]))
		}
		freeTensors(outputs)
	}
	return metric, nil
}

// Steps prepares a task without a folder and returns a function that takes its next step and gives back the loss, for benchmarks and tests.
func Steps(e *engine.Engine, task Task) (func(step int) (float64, error), error) {
	if err := task.check(); err != nil {
		return nil, err
	}
	store, err := newStore(task.Seed)
	if err != nil {
		return nil, err
	}
	s, err := newStepper(e.Backend, store, &task)
	if err != nil {
		return nil, err
	}
	return func(step int) (float64, error) {
		n, err := s.run(task.Rate.At(step, task.Steps), task.Batch(step))
		return n.Loss, err
	}, nil
}
