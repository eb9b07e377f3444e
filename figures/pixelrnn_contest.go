package figures

import (
	"fmt"
	"image"
	"slices"
	"syscall"
	"time"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/autoregressive/pixelrnn"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/show"
	"github.com/curious-go/curious/pkg/train"
)

// contestant is a trained model of the contest at equal parameters.
type contestant struct {
	name, layers string
	parameters   int
	cost         score.Estimate
	sample       func(n int) ([]image.Image, error)
	task         train.Task
}

// contest trains the recipes that are compared at equal parameters and for as many steps, but the multi-scale net for half of them, and scores them on the test set.
func (d *desk) contest(digits data.Digits) ([]contestant, error) {
	var list []contestant
	for _, m := range []struct {
		name   string
		change func(pixelrnn.Recipe) pixelrnn.Recipe
	}{{"Diagonal BiLSTM", asDiagonal}, {"Row LSTM", asRow}, {"Row LSTM, multi-scale", asMultiScale}} {
		run, err := d.pixelrnn(m.change, digits)
		if err != nil {
			return nil, err
		}
		model := run.Recipe.Model
		c := contestant{name: m.name, layers: fmt.Sprintf("%d × %d", model.Layers, model.Channels), parameters: run.Recipe.Net().Parameters()}
		if run.Recipe.Small != nil {
			c.layers = "2 nets, " + c.layers
		}
		c.sample = func(n int) ([]image.Image, error) {
			pixels, err := run.Sample(n, pixelrnn.Drawing{Seed: 3})
			return run.Pictures(pixels), err
		}
		if c.task, err = run.Recipe.Task(digits.Title(), digits.Train, digits.Valid); err != nil {
			return nil, err
		}
		if c.cost, err = run.Nats(d.tested(digits.Test, 2000)); err != nil {
			return nil, err
		}
		list = append(list, c)
	}
	recipe, err := pixelrnn.Preset(d.preset)
	if err != nil {
		return nil, err
	}
	run, err := fitted(d, pixelrnn.Preset, func(r pixelrnn.Recipe) (*pixelcnn.Run, error) { return r.WithPlain().Fit(digits) })
	if err != nil {
		return nil, err
	}
	plain := recipe.Contest()[2]
	c := contestant{name: plain.Name, layers: fmt.Sprintf("%d × %d", plain.Layers, plain.Channels), parameters: plain.Parameters}
	c.sample = func(n int) ([]image.Image, error) {
		pixels, err := run.Sample(n, pixelcnn.Drawing{Seed: 3})
		return run.Pictures(pixels), err
	}
	if c.task, err = recipe.WithPlain().Task(digits); err != nil {
		return nil, err
	}
	if c.cost, err = score.Nats(run.Backend, run.Store, run.LogProb, d.tested(digits.Test, 2000), 100); err != nil {
		return nil, err
	}
	list = slices.Insert(list, 2, c) // the multi-scale net, trained for half as long, stands apart
	for i := range list {
		list[i].cost.Title = digits.Title()
	}
	return list, nil
}

// stepTime is the processor time of a training step, in seconds: that of other processes does not count, as it would by the clock.
func (d *desk) stepTime(task train.Task) (float64, error) {
	step, err := train.Steps(d.engine, task)
	if err != nil {
		return 0, err
	}
	const steps = 10
	var start float64
	for i := range 2 + steps { // the first two compile
		if i == 2 {
			start = processorTime()
		}
		if _, err := step(i); err != nil {
			return 0, err
		}
	}
	return (processorTime() - start) / steps, nil
}

func processorTime() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

var pixelrnnTable = Entry{
	ID: "pixelrnn-nll-table", Part: autoregressive,
	Caption: "What a digit costs on average, as published and as measured here: PixelRNNs and the masked convolutions of equal parameters, trained on the same batches; and what a step takes.",
	Cards:   "PixelRNN, PixelCNN",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		digits, err := d.binarized()
		if err != nil {
			return fail(err)
		}
		models, err := d.contest(digits)
		if err != nil {
			return fail(err)
		}
		const on, colour, source = "static binarised MNIST 28×28", "CIFAR-10 32×32", "van den Oord et al. 2016"
		lower := func(what, on, unit string, value, tolerance float64) score.Published {
			return score.Published{What: what, On: on, Unit: unit, Value: value, Source: source, Tolerance: tolerance, Better: score.Lower}
		}
		published := []score.Published{
			{What: "DRAW", On: on, Unit: "nats", Value: 80.97, Bound: true, Source: "Gregor et al. 2015", Tolerance: 0.5, Better: score.Lower},
			{What: "DARN", On: on, Unit: "nats", Value: 84.13, Bound: true, Source: "Gregor et al. 2014", Tolerance: 0.5, Better: score.Lower},
			lower("PixelCNN", on, "nats", 81.30, 0.5),
			lower("Row LSTM", on, "nats", 80.54, 0.5),
			lower("Diagonal BiLSTM, 1 layer of 32", on, "nats", 80.75, 0.5),
			lower("Diagonal BiLSTM", on, "nats", 79.20, 0.5), // 7 layers of 16
			lower("PixelCNN", colour, "bits/dim", 3.14, 0.03),
			lower("Row LSTM", colour, "bits/dim", 3.07, 0.03),
			lower("Diagonal BiLSTM", colour, "bits/dim", 3.00, 0.03),
		}
		diagonal, row, plain := models[0], models[1], models[2]
		var measured []score.Measured
		times := map[string]float64{}
		for _, m := range models {
			measured = append(measured, m.cost.As(m.name, fmt.Sprintf("layers × features %s, %d parameters, %d steps of the same batches", m.layers, m.parameters, m.task.Steps)))
			if times[m.name], err = d.stepTime(m.task); err != nil {
				return fail(err)
			}
		}
		for _, pair := range [][2]contestant{{row, diagonal}, {plain, row}} {
			mean, stdErr, err := score.Gap(pair[0].cost, pair[1].cost)
			if err != nil {
				return fail(err)
			}
			measured = append(measured, score.Measured{What: fmt.Sprintf("%s − %s", pair[0].name, pair[1].name), On: digits.Title() + ", the same images", Unit: "nats", Value: mean, StdErr: stdErr})
		}
		for _, m := range models {
			measured = append(measured, score.Measured{
				What: "a step of the " + m.name, On: "training on " + digits.Title(), Unit: "× the PixelCNN's", Value: times[m.name] / times[plain.name],
				Note: fmt.Sprintf("processor time, %.3f s for %d images", times[m.name], batchOf(m.task)),
			})
		}
		picture := show.Table{
			Title: "nats a digit, test, " + digits.Title(),
			Cols: []show.Col{
				{Name: "model"},
				{Name: "layers × features"},
				{Name: "parameters"},
				{Name: "steps"},
				{Name: "published", Format: "%.2f"},
				{Name: "measured", Format: "%.2f"},
				{Name: "±", Format: "%.2f"},
				{Name: "time of a step", Format: "%.1f ×"},
			},
			Bold: []int{0},
			Note: "As published, at 28×28: 7 layers of 16, Row LSTM and PixelCNN deeper too. Measured: as many parameters for all, steps of the same batches; the time is the processor's, PixelCNN = 1.",
		}
		for _, m := range models {
			var known any
			if i := slices.IndexFunc(published, func(p score.Published) bool { return p.What == m.name && p.On == on }); i >= 0 {
				known = published[i].Value
			}
			picture.Rows = append(picture.Rows, []any{m.name, m.layers, m.parameters, m.task.Steps, known, m.cost.Mean, m.cost.StdErr, times[m.name] / times[plain.name]})
		}
		return picture, score.Beside(published, measured), nil
	},
}

// batchOf is how many images a task takes at each step.
func batchOf(task train.Task) int { return task.Batch(0)[0].Shape().Dim(0) }

var pixelrnnSamples = Entry{
	ID: "pixelrnn-samples", Part: autoregressive,
	Caption: "Real digits, and digits that PixelRNNs and the masked convolutions of as many parameters drew pixel by pixel.",
	Cards:   "PixelRNN, PixelCNN",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		digits, err := d.binarized()
		if err != nil {
			return fail(err)
		}
		models, err := d.contest(digits)
		if err != nil {
			return fail(err)
		}
		const columns, rows = 12, 2
		pictures := digits.Test.Shuffled(1).First(columns).Pictures()
		titles := []string{"data"}
		var measured []score.Measured
		for _, m := range models {
			drawn, err := m.sample(columns * rows)
			if err != nil {
				return fail(err)
			}
			pictures = append(pictures, drawn...)
			titles = append(titles, m.name, fmt.Sprintf("%.1f nats", m.cost.Mean))
			measured = append(measured, m.cost.As(m.name, fmt.Sprintf("%d steps", m.task.Steps)))
		}
		return show.Grid{Title: digits.Title(), Images: pictures, Columns: columns, RowTitles: titles}, score.Beside(nil, measured), nil
	},
}
