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
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/engine"
)

// ErrStopped says that a training was interrupted; its weights are safe, and the same call goes on.
var ErrStopped = errors.New("stopped")

// saveEvery bounds what a kill -9 can lose.
var saveEvery = 30 * time.Second

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
		return nil, withRemedy(fmt.Errorf("train: making the run's folder: %w", err))
	}
	unlock, err := lock(&task, dir)
	if err != nil {
		return nil, withRemedy(err)
	}
	defer unlock()
	sweep(dir)
	sweep(filepath.Join(dir, "checkpoints"))
	if err := sameSettings(dir, task.settings()); err != nil {
		return nil, withRemedy(err)
	}
	e, err := engine.Open()
	if err != nil {
		return nil, err
	}
	l := &loop{task: &task, dir: dir, engine: e}
	defer l.close()
	if err := l.run(ctx); err != nil {
		return nil, withRemedy(err)
	}
	run := &Run{Settings: task.settings(), Dir: dir, Step: l.step, Backend: e.Backend, Engine: e.String()}
	run.Store, err = averaged(l.store, task.Seed)
	if err != nil {
		return nil, err
	}
	return run, nil
}

// lock keeps other processes from training the run. The file says who holds it.
func lock(t *Task, dir string) (unlock func() error, err error) {
	path := filepath.Join(dir, ".lock")
	file := flock.New(path)
	switch held, err := file.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("train: locking run %s: %w", t.Title(), err)
	case !held:
		who, _ := os.ReadFile(path)
		return nil, fmt.Errorf("train: run %s is being trained already%s: wait for it, stop it there, or give the recipe another Name", t.Title(), who)
	}
	_ = os.WriteFile(path, fmt.Appendf(nil, ", by process %d", os.Getpid()), 0o644) // failing, only the name is unknown
	return file.Unlock, nil
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
	file    *os.File
	metrics *bufio.Writer // to file

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
	defer l.view.end()

	l.step, err = loadCheckpoint(l.checkpoints(), l.store, l.view.note)
	if err != nil && !errors.Is(err, errNoCheckpoint) {
		return err
	}
	history, err := rewriteMetrics(l.dir, l.step)
	if err != nil {
		return err
	}
	if len(history) > 0 {
		l.before = time.Duration(history[len(history)-1].Seconds * float64(time.Second))
	}
	l.view.past(history)
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
	l.file, l.metrics = file, bufio.NewWriter(file)
	if l.stepper, err = newStepper(l.engine.Backend, l.store, t); err != nil {
		return err
	}
	l.view.wait("preparing the first step: compiling it, or loading what was compiled before …")
	l.start, l.saved = time.Now(), time.Now()
	for l.step < t.Steps {
		if ctx.Err() != nil {
			if l.step == 0 {
				return fmt.Errorf("train: run %s: %w before its first step: run this again to begin", t.Title(), ErrStopped)
			}
			if err := l.save(); err != nil {
				return err
			}
			return fmt.Errorf("train: run %s: %w at step %d of %d: the weights are kept; run this again to go on", t.Title(), ErrStopped, l.step, t.Steps)
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
	batch, err := t.batch(l.step)
	if err != nil {
		return fmt.Errorf("train: run %s: making the batch of step %d: %w; %s", t.Title(), l.step+1, sense(err), l.lastGood())
	}
	n, err := l.stepper.run(rate, batch)
	if err != nil {
		return fmt.Errorf("train: run %s: step %d: %w; %s", t.Title(), l.step+1, sense(err), l.lastGood())
	}
	l.step++
	metric := Metric{Step: l.step, Loss: n.Loss, GradNorm: n.GradNorm, Rate: rate, Seconds: l.spent().Seconds()}
	metric.Parts = byName(l.stepper.names, n.Parts)
	if err := l.write(metric); err != nil {
		return err
	}
	mark := l.step%t.ValidEvery == 0
	if len(t.Valid) > 0 && (mark || l.step == t.Steps) {
		if err := l.validate(); err != nil {
			return err
		}
	}
	if mark || time.Since(l.saved) > saveEvery { // a short training has something to go back to as well
		return l.save()
	}
	return nil
}

func (l *loop) spent() time.Duration { return l.before + time.Since(l.start) }

func (l *loop) checkpoints() string { return filepath.Join(l.dir, "checkpoints") }

// write takes a metric down, unless a number in it is not finite.
func (l *loop) write(m Metric) error {
	if what := m.notFinite(); what != "" {
		return fmt.Errorf("train: run %s: the %s was not finite at step %d; %s: give the recipe a lower Rate.Peak or a ClipNorm, and another Name",
			l.task.Title(), what, l.step, l.lastGood())
	}
	line, err := json.Marshal(m)
	if err == nil {
		_, err = l.metrics.Write(append(line, '\n'))
	}
	if err != nil {
		return fmt.Errorf("train: writing metrics: %w; %s", err, l.lastGood())
	}
	l.view.metric(m)
	return nil
}

// save makes the metrics and then the checkpoint durable, in this order: a checkpoint's curve is then always whole.
func (l *loop) save() error {
	err := l.metrics.Flush()
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("train: writing metrics: %w; %s", err, l.lastGood())
	}
	if err := saveCheckpoint(l.checkpoints(), l.store, l.step); err != nil {
		return fmt.Errorf("%w; %s", err, l.lastGood())
	}
	l.saved = time.Now()
	return nil
}

// close frees the device's memory at once: the cell goes on with the averaged weights alone.
func (l *loop) close() {
	if l.stepper != nil {
		l.stepper.exec.Finalize()
	}
	if l.scorer != nil {
		l.scorer.exec.Finalize()
		l.scorer.store.Finalize()
	}
	if l.store != nil {
		l.store.Finalize()
	}
}

// lastGood names the newest checkpoint there is.
func (l *loop) lastGood() string {
	files, err := checkpointFiles(l.checkpoints())
	if err != nil || len(files) == 0 {
		return "no checkpoint was saved yet"
	}
	return "the last good checkpoint is " + files[0]
}
