package figures

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/gomlx/gomlx/ml/model"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/score/check"
	"github.com/curious-go/curious/pkg/show"
)

const autoregressive = "Autoregressive models"

var generativeSamples = Entry{
	ID: "generative-samples-basic", Part: "Introduction",
	Caption: "Real digits, and what models of growing power take for digits: x̂ ~ p(x).",
	Cards:   "count tables, PixelCNN, Gated PixelCNN",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		digits, err := d.binarized()
		if err != nil {
			return fail(err)
		}
		const columns = 10
		h, w := digits.Height, digits.Width
		pictures := digits.Test.Images(columns)
		titles := []string{"data"}
		var measured []score.Measured

		ladder, err := score.Ladder(digits.Train)
		if err != nil {
			return fail(err)
		}
		for _, rung := range ladder {
			cost, err := rung.Nats(digits.Test)
			if err != nil {
				return fail(err)
			}
			cost.Title = digits.Title()
			measured = append(measured, cost.As("count table: "+rung.Name, ""))
			if !slices.Contains([]string{"independent pixels", "left, up", "10 neighbours"}, rung.Name) {
				continue
			}
			random := rand.New(rand.NewPCG(1, 1))
			for range columns {
				pictures = append(pictures, show.Grey(h, w, scaled(rung.Sample(random))))
			}
			titles = append(titles, fmt.Sprintf("%s · %.1f nats", rung.Name, cost.Mean))
		}
		for _, m := range []struct {
			name   string
			change func(pixelcnn.Recipe) pixelcnn.Recipe
		}{{"PixelCNN", pixelcnn.Recipe.WithPlain}, {"Gated PixelCNN", asIs}} {
			run, err := d.pixelcnn(m.change, digits)
			if err != nil {
				return fail(err)
			}
			cost, err := score.Nats(run.Backend, run.Store, run.LogProb, d.tested(digits.Test, 2000), 200)
			if err != nil {
				return fail(err)
			}
			cost.Title = digits.Title()
			measured = append(measured, cost.As(m.name, fmt.Sprintf("%d steps of %d images", run.Steps, run.Recipe.Batch)))
			pixels, err := run.Sample(columns, pixelcnn.Drawing{Seed: 3})
			if err != nil {
				return fail(err)
			}
			pictures = append(pictures, run.Pictures(pixels)...)
			titles = append(titles, fmt.Sprintf("%s · %.1f nats", m.name, cost.Mean))
		}
		published := []score.Published{
			{What: "PixelCNN", On: "static binarised MNIST 28×28", Unit: "nats", Value: 81.30, Source: "van den Oord et al. 2016", Tolerance: 0.5, Better: score.Lower},
			{What: "Gated PixelCNN", On: "static binarised MNIST 28×28", Unit: "nats", Value: 81.6, Source: "Graves et al. 2018", Tolerance: 0.5, Better: score.Lower},
		}
		grid := show.Grid{Title: digits.Title(), Images: pictures, Columns: columns, RowTitles: titles}
		return grid, score.Beside(published, measured), nil
	},
}

// scaled is a binary image as probabilities.
func scaled(bits []uint8) []float32 {
	out := make([]float32, len(bits))
	for i, b := range bits {
		out[i] = float32(b)
	}
	return out
}

var blindSpot = Entry{
	ID: "pixelcnn-blind-spot", Part: autoregressive,
	Caption: "Which pixels the outlined one can see (blue), measured by the gradient of its logit: masked convolutions leave a wedge on the right unseen; two stacks see it all.",
	Cards:   "PixelCNN, Gated PixelCNN",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		const first, layers = 7, 6
		const reach = first/2 + layers // rows and columns from the pixel
		const h, w = reach + 2, 2*reach + 1
		const row, col = reach, reach // so that the picture holds all that could be seen, and a row that must not be
		const unit = "earlier pixels in reach but unseen"
		on := fmt.Sprintf("a filter of %d and %d of 3", first, layers)
		var maps []show.Figure
		var measured []score.Measured
		for _, m := range []struct {
			name string
			net  pixelcnn.Net
		}{
			{"PixelCNN", pixelcnn.Plain{Height: h, Width: w, Layers: layers, First: first}},
			{"Gated PixelCNN", pixelcnn.Gated{Height: h, Width: w, Layers: layers, First: first, Channels: 16}},
		} {
			logits := func(scope *model.Scope, x *Node) *Node { return m.net.Logits(scope, x, nil) }
			sees, err := check.ReceptiveField(d.engine.Backend, model.NewStore(), logits, h, w, row*w+col)
			if err != nil {
				return nil, score.Comparison{}, err
			}
			values := make([][]float64, h)
			unseen := 0
			for r := range h {
				values[r] = make([]float64, w)
				for c := range w {
					if sees[r][c] {
						values[r][c] = 1
					} else if r*w+c < row*w+col {
						unseen++
					}
				}
			}
			maps = append(maps, show.Heat{
				Title: fmt.Sprintf("%s: %d unseen", m.name, unseen), Values: values,
				Marks: []show.Cell{{Row: row, Col: col}}, CellSize: 16,
			})
			measured = append(measured, score.Measured{
				What: m.name, On: on, Unit: unit, Value: float64(unseen),
			})
		}
		published := []score.Published{
			{What: "PixelCNN", On: on, Unit: unit, Value: layers * (layers + 1) / 2, Source: "counted on the masks"},
			{What: "Gated PixelCNN", On: on, Unit: unit, Value: 0, Source: "van den Oord et al. 2016"},
		}
		return show.Row(maps...), score.Beside(published, measured), nil
	},
}

var classRows = Entry{
	ID: "conditional-pixelcnn-classes", Part: autoregressive,
	Caption: "Samples of a Gated PixelCNN that was told the class, a row for each digit.",
	Cards:   "Gated PixelCNN, conditional",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		digits, err := d.labelled()
		if err != nil {
			return fail(err)
		}
		run, err := d.pixelcnn(pixelcnn.Recipe.WithClasses, digits)
		if err != nil {
			return fail(err)
		}
		const classes, columns = 10, 12
		wanted := make([]int32, classes*columns)
		titles := make([]string, classes)
		for i := range wanted {
			wanted[i] = int32(i / columns)
			titles[i/columns] = fmt.Sprint(i / columns)
		}
		pixels, err := run.Sample(len(wanted), pixelcnn.Drawing{Seed: 1, Classes: wanted})
		if err != nil {
			return fail(err)
		}

		// A classifier that never saw a sample reads them back.
		size := digits.Height * digits.Width
		known := digits.Train.First(10_000)
		probe, err := score.Probe(known.Floats(), size, known.Labels, digits.Test.First(2000).Floats(), digits.Test.First(2000).Labels)
		if err != nil {
			return fail(err)
		}
		right := 0
		for i, class := range probe.Classifier.Predict(pixels) {
			if int32(class) == wanted[i] {
				right++
			}
		}
		share := float64(right) / float64(len(wanted))

		test := digits.Test.Shuffled(1).First(1000)
		given, correct, gain, err := bayes(run, test)
		if err != nil {
			return fail(err)
		}
		given.Title = digits.Title()
		on := digits.Title()
		measured := []score.Measured{
			given.As("Gated PixelCNN given the class", ""),
			{What: "gain from the class, log p(x|y) − log p(x)", On: on, Unit: "nats", Value: gain, Note: "at most H(y) = 2.30"},
			{What: "digits classified by p(x|y)", On: on, Unit: "%", Value: 100 * correct},
			{What: "samples read as their class by a linear probe", On: on, Unit: "%", Value: 100 * share, StdErr: 100 * math.Sqrt(share*(1-share)/float64(len(wanted))), Note: fmt.Sprintf("the probe reads %.1f %% of real digits", 100*probe.Accuracy)},
		}
		grid := show.Grid{Title: digits.Title(), Images: run.Pictures(pixels), Columns: columns, RowTitles: titles}
		return grid, score.Beside(nil, measured), nil
	},
}

// bayes scores images under every class: the cost given the true class, the share whose likeliest class is the true one, and the mean gain
// log p(x|y) − log p(x) in nats, with p(x) = Σ_y p(x|y)/10.
func bayes(run *pixelcnn.Run, images data.Images) (given score.Estimate, correct, gain float64, err error) {
	const classes = 10
	costs := make([][]float64, classes)
	for class := range classes {
		asked := images
		asked.Labels = slices.Repeat([]uint8{uint8(class)}, images.N)
		cost, err := score.NatsGiven(run.Backend, run.Store, run.LogProbGiven, asked, 200)
		if err != nil {
			return given, 0, 0, err
		}
		costs[class] = cost.Each
	}
	given, err = score.NatsGiven(run.Backend, run.Store, run.LogProbGiven, images, 200)
	if err != nil {
		return given, 0, 0, err
	}
	for i := range images.N {
		least, sum := 0, 0.0
		for class := range classes {
			if costs[class][i] < costs[least][i] {
				least = class
			}
		}
		for class := range classes {
			sum += math.Exp(costs[least][i]-costs[class][i]) / classes
		}
		logP := math.Log(sum) - costs[least][i]
		gain += (-given.Each[i] - logP) / float64(images.N)
		if least == int(images.Labels[i]) {
			correct += 1 / float64(images.N)
		}
	}
	return given, correct, gain, nil
}
