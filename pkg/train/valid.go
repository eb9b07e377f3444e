package train

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

func (l *loop) validate() (err error) {
	if l.scorer == nil {
		if l.scorer, err = newScorer(l); err != nil {
			return err
		}
	}
	m, err := l.scorer.score(l)
	if err != nil {
		return fmt.Errorf("train: run %s: validating at step %d: %w; %s", l.task.Title(), l.step, sense(err), l.lastGood())
	}
	return l.write(m)
}

// scorer evaluates the objective with the averaged weights, in a store of its own, so that training's random numbers are left alone.
type scorer struct {
	store *model.Store
	exec  *model.Exec
	names []string
}

func newScorer(l *loop) (*scorer, error) {
	store, err := newStore(l.task.Seed)
	if err != nil {
		return nil, err
	}
	s := &scorer{store: store}
	s.exec, err = model.NewExec(l.engine.Backend, store, func(scope *model.Scope, inputs []*Node) (outputs []*Node) {
		defer locate()
		outputs, s.names = l.task.outputs(scope, inputs)
		return outputs
	})
	if err != nil {
		return nil, fmt.Errorf("train: preparing validation: %w", sense(err))
	}
	return s, nil
}

// score is the mean over the validation batches. The same random numbers serve every time.
func (s *scorer) score(l *loop) (m Metric, err error) {
	defer caught(&err)
	if err := copyAverages(l.store, s.store); err != nil {
		return Metric{}, err
	}
	if err := s.store.SetRNGStateFromSeed(l.task.Seed); err != nil {
		return Metric{}, err
	}
	var sums []float64
	for _, batch := range l.task.Valid {
		values, err := s.call(batch())
		if err != nil {
			return Metric{}, err
		}
		sums = append(sums, make([]float64, len(values)-len(sums))...)
		for i, value := range values {
			sums[i] += value / float64(len(l.task.Valid))
		}
	}
	return Metric{Step: l.step, Loss: sums[0], Parts: byName(s.names, sums[1:]), Seconds: l.spent().Seconds(), Valid: true}, nil
}

func (s *scorer) call(inputs []*tensors.Tensor) ([]float64, error) {
	defer freeTensors(inputs)
	args := make([]any, len(inputs))
	for i, t := range inputs {
		args[i] = t
	}
	outputs, err := s.exec.Call(args...)
	if err != nil {
		return nil, err
	}
	return scalars(outputs), nil
}

func byName(names []string, values []float64) map[string]float64 {
	if len(names) == 0 {
		return nil
	}
	parts := map[string]float64{}
	for i, name := range names {
		parts[name] = values[i]
	}
	return parts
}
