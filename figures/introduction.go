package figures

import (
	"fmt"
	"image/color"
	"math"
	"slices"
	"strings"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/show"
	"github.com/curious-go/curious/pkg/train"
)

const introduction = "Introduction"

const tutorial = "Graves, NeurIPS 2018 tutorial"

var typesOfLearning = Entry{
	ID: "types-of-learning-2x2", Part: introduction, Diagram: true,
	Caption: "Four ways to learn: with or without a teacher, by acting or by looking.",
	Cards:   "density modelling",
	draw: func(*desk) (show.Figure, score.Comparison, error) {
		const first = 0.78 // the column of row titles is narrower
		fig := show.Diagram{
			Title: "Types of learning", StepX: 240, StepY: 112,
			Boxes: []show.Box{
				{Title: "with a teacher", Col: first, Row: -0.62, Form: show.Bare},
				{Title: "without a teacher", Col: first + 1, Row: -0.62, Form: show.Bare},
				{Title: "active", Text: "acts, and sees\nwhat follows", Col: 0, Row: 0, Form: show.Bare},
				{Title: "passive", Text: "looks on", Col: 0, Row: 1, Form: show.Bare},
				{Title: "Reinforcement learning,\nactive learning", Text: "maximise  Σ_t r_t", Col: first, Row: 0, Wide: 1, High: 1, Hue: 1},
				{Title: "Intrinsic motivation,\nexploration", Text: "maximise what is learned", Col: first + 1, Row: 0, Wide: 1, High: 1, Hue: 2},
				{Title: "Supervised learning", Text: "minimise  −log p(y | x)", Col: first, Row: 1, Wide: 1, High: 1, Hue: 4},
				{Title: "Unsupervised learning", Text: "minimise  −log p(x)", Col: first + 1, Row: 1, Wide: 1, High: 1, Hue: 0},
			},
			Note: "r_t: rewards. x: what is seen. y: what a teacher says of it.",
		}
		return fig, score.Comparison{}, nil
	},
}

var whyWithoutTeacher = Entry{
	ID: "why-without-teacher", Part: introduction, Diagram: true,
	Caption: "Three reasons to learn without a teacher.",
	Cards:   "density modelling",
	draw: func(*desk) (show.Figure, score.Comparison, error) {
		fig := show.Diagram{Title: "Why not simply teach it the task?", StepX: 600, StepY: 74}
		for i, reason := range [][2]string{
			{"Targets and rewards are hard to get, or hard to define", "Somebody has to label every picture. And what is the right reward for a good conversation?"},
			{"People and animals learn mostly without", "Nobody tells a child what it sees from one second to the next."},
			{"New tasks come up, and should be learned fast", "Who knows what the world is like needs few examples of what is wanted."},
		} {
			number := fmt.Sprint(i + 1)
			fig.Boxes = append(fig.Boxes,
				show.Box{Title: number, Col: -0.55, Row: float64(i), Form: show.Bare},
				show.Box{Title: reason[0], Text: reason[1], Row: float64(i), Wide: 1, High: 1, Left: true, Hue: []int{1, 2, 0}[i]})
		}
		return fig, score.Comparison{}, nil
	},
}

var imagenetArithmetic = Entry{
	ID: "imagenet-information-arithmetic", Part: introduction,
	Caption: "How many bits there are to learn: in the labels, in the pixels, and how many fit into a network's weights.",
	Cards:   "information content",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		big, err := score.ImageNet.Count()
		if err != nil {
			return fail(err)
		}
		small, err := d.countMNIST()
		if err != nil {
			return fail(err)
		}
		n := float64(small.images)
		on := "ImageNet at 128×128, 1.28 million images, 1000 classes"
		published := []score.Published{
			{What: "labels", On: on, Unit: "Mbit", Value: 12.8, Source: tutorial, Tolerance: 0.05},
			{What: "pixels", On: on, Unit: "Gbit", Value: 500, Source: tutorial, Tolerance: 5},
			{What: "pixels / labels, orders of magnitude", On: on, Unit: "powers of ten", Value: 4, Source: tutorial + ": over 4", Better: score.Higher},
		}
		measured := []score.Measured{
			{What: "labels", On: on, Unit: "Mbit", Value: big.Labels / 1e6, Note: "12,756,204 bits"},
			{What: "pixels", On: on, Unit: "Gbit", Value: big.Images / 1e9},
			{What: "pixels / labels, orders of magnitude", On: on, Unit: "powers of ten", Value: big.Orders, Note: fmt.Sprintf("%.0f times", big.Ratio)},
			{What: "30 million weights of 32 bits", On: on, Unit: "Mbit", Value: big.Weights / 1e6},
			{What: "labels, for each weight", On: on, Unit: "bits", Value: big.LabelPerWeight},
			{What: "pixels, for each weight", On: on, Unit: "bits", Value: big.ImagePerWeight},
		}
		measured = append(measured, small.rows()...)
		fig := show.Magnitudes{
			Title: "How much there is to learn", Label: "bits, on a logarithmic axis", From: 1e4,
			Hues: []string{"labels", "weights", "pixels as stored", "pixels in our best code"},
			Bars: []show.Bar{
				{Name: "ImageNet: labels", Value: big.Labels, Hue: 0},
				{Name: "30 million weights of 32 bits", Value: big.Weights, Hue: 1},
				{Name: "ImageNet: pixels, 128×128×3×8", Value: big.Images, Hue: 2},
				{Name: "MNIST: labels", Value: n * small.label, Hue: 0},
				{Name: "MNIST, binarised: " + small.model, Value: n * small.code, Hue: 3},
				{Name: "MNIST, binarised: pixels", Value: n * small.binary, Hue: 2},
				{Name: "MNIST, grey: pixels", Value: n * small.raw, Hue: 2},
			},
		}
		return fig, score.Beside(published, measured), nil
	},
}

// counted is how many bits one digit of MNIST has, its label and its pixels.
type counted struct {
	images      int
	label       float64 // entropy of the labels
	raw, binary float64 // pixels as stored: grey and binarised
	code        float64 // pixels in the code of a model
	model       string
	title       string // of the data of the code
	stdErr      float64
}

// countMNIST counts the digits at 28×28. At quick the model is the table of ten neighbours, beyond that the preset's Gated PixelCNN.
func (d *desk) countMNIST() (counted, error) {
	grey, err := data.MNIST()
	if err != nil {
		return counted{}, err
	}
	labels := slices.Concat(grey.Train.Labels, grey.Valid.Labels)
	entropy, err := score.LabelEntropy(labels)
	if err != nil {
		return counted{}, err
	}
	binary, err := data.BinarizedMNIST()
	if err != nil {
		return counted{}, err
	}
	pixels := float64(binary.Height * binary.Width)
	c := counted{images: len(labels), label: entropy, raw: 8 * pixels, binary: pixels, title: binary.Title()}
	var cost score.Estimate
	if d.preset == "quick" {
		c.model = "10-neighbour table"
		cost, err = score.TenNeighboursNats(binary.Train, binary.Test, 1)
	} else {
		c.model = "Gated PixelCNN"
		run, trained := d.pixelcnn(asIs, binary)
		if trained != nil {
			return counted{}, trained
		}
		cost, err = score.Nats(run.Backend, run.Store, run.LogProb, binary.Test, 200)
	}
	c.code, c.stdErr = cost.Bits(), cost.StdErr/math.Ln2
	return c, err
}

// rows are the ledger's rows of it.
func (c counted) rows() []score.Measured {
	share, err := score.LabelShare(c.label, c.code)
	if err != nil {
		return nil
	}
	best, err := score.LabelShare(c.label, 81/math.Ln2)
	if err != nil {
		return nil
	}
	return []score.Measured{
		{What: "label", On: c.title, Unit: "bits", Value: c.label, Note: "entropy of the 60,000 training labels"},
		{What: "pixels in the code of the " + c.model, On: c.title, Unit: "bits", Value: c.code, StdErr: c.stdErr},
		{What: "label's share of the code, " + c.model, On: c.title, Unit: "%", Value: 100 * share},
		{What: "label's share of the best published code", On: c.title, Unit: "%", Value: 100 * best, Note: "81 nats, 117 bits"},
	}
}

var learningCake = Entry{
	ID: "learning-cake", Part: introduction,
	Caption: "Bits to learn from in one digit: the cake is what there is to see, the icing is the label, the cherry is a reward. Heights are to scale, but for the cherry.",
	Cards:   "information content",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		c, err := d.countMNIST()
		if err != nil {
			return nil, score.Comparison{}, err
		}
		// A reward that says whether one blind guess of the digit was right.
		const right = 0.1
		reward := -right*math.Log2(right) - (1-right)*math.Log2(1-right)
		measured := append(c.rows(), score.Measured{What: "reward: was a blind guess of the digit right?", On: c.title, Unit: "bits", Value: reward, Note: "entropy of a chance of 1 in 10"})
		return cake(c, reward), score.Beside(nil, measured), nil
	},
}

// cake draws a cake whose layers are as high as they have bits.
func cake(c counted, reward float64) show.Figure {
	const middle, wide, flat, bottom, high = 200.0, 150.0, 34.0, 310.0, 220.0 // pixels
	scale := high / c.code
	top := bottom - c.code*scale
	iced := top - c.label*scale
	side := color.RGBA{0xe3, 0xc0, 0x7c, 0xff}
	icing, iceSide := color.RGBA{0xfb, 0xf1, 0xf4, 0xff}, color.RGBA{0xe7, 0x8f, 0xb3, 0xff}
	cherry, line := color.RGBA{0xb4, 0x1f, 0x35, 0xff}, color.RGBA{0x57, 0x5d, 0x66, 0xff}
	arc := func(y, from, to float64) (points [][2]float64) {
		for i := range 61 {
			s, co := math.Sincos(from + (to-from)*float64(i)/60)
			points = append(points, [2]float64{middle + wide*co, y + flat*s})
		}
		return points
	}
	// wall is the visible side of a layer between two heights.
	wall := func(low, high float64) [][2]float64 {
		return slices.Concat(arc(low, 0, math.Pi), arc(high, math.Pi, 0))
	}
	disc := func(x, y, r float64) (points [][2]float64) {
		for i := range 40 {
			s, co := math.Sincos(2 * math.Pi * float64(i) / 40)
			points = append(points, [2]float64{x + r*co, y + r*s})
		}
		return points
	}
	fig := show.Sketch{Title: "Bits to learn from in one digit", Height: bottom + flat + 50, Shapes: []show.Shape{
		show.Polygon{Points: wall(bottom, top), Fill: side, Edge: line, Thick: 1},
		show.Polygon{Points: wall(top, iced), Fill: iceSide, Edge: line, Thick: 1},
		show.Polygon{Points: arc(iced, 0, 2*math.Pi), Fill: icing, Edge: line, Thick: 1},
		show.Polygon{Points: disc(middle, iced-9, 10), Fill: cherry, Edge: line, Thick: 1},
		show.Polygon{Points: [][2]float64{{middle + 3, iced - 18}, {middle + 13, iced - 48}}, Edge: line, Open: true},
	}}
	const at = 420.0
	note := func(y, from float64, head, text string) {
		fig.Shapes = append(fig.Shapes,
			show.Polygon{Points: [][2]float64{{from, y}, {at - 10, y}}, Edge: line, Thick: 1, Open: true},
			show.Words{X: at, Y: y + 4, Text: head, Bold: true, Size: 14},
			show.Words{X: at, Y: y + 22, Text: text, Wrap: 265})
	}
	note(iced-48, middle+13, fmt.Sprintf("cherry: %.2f bits", reward), "a reward: was a blind guess of the digit right?")
	note((top+iced)/2, middle+wide+1, fmt.Sprintf("icing: %.2f bits", c.label), "the label, one of ten digits")
	note((top+bottom)/2+44, middle+wide+1, fmt.Sprintf("cake: %.1f bits", c.code), fmt.Sprintf("the pixels, 784 of them, in the code of a %s (%s)", c.model, c.title))
	fig.Shapes = append(fig.Shapes, show.Words{X: 16, Y: bottom + flat + 34, Size: 11.5, Ink: line, Text: fmt.Sprintf("Heights are to scale: %.1f pixels for a bit. The cherry would be %.1f pixels high.", scale, reward*scale)})
	return fig
}

var supervisedUnsupervised = Entry{
	ID: "supervised-vs-unsupervised-objective", Part: introduction,
	Caption: "With labels there is something to predict. Without, the same points lie there, and it is not clear what to minimise.",
	Cards:   "density modelling",
	draw: func(*desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		digits, err := data.MNIST()
		if err != nil {
			return fail(err)
		}
		kinds := []uint8{0, 1, 4}
		train, test := plane(digits.Train.First(6000), kinds), plane(digits.Test.First(3000), kinds)
		probe, err := score.LinearProbe{L2: 1e-6}.Probe(train.points, 2, train.labels, test.points, test.labels)
		if err != nil {
			return fail(err)
		}
		const width = 350.0
		with := show.Scatter{
			XLabel: "roundness", YLabel: "ink, pixels", Width: width, Height: 330, Radius: 2,
			X: test.x, Y: test.y, Class: test.classes(), Names: []string{"0", "1", "4"},
		}
		without := with
		without.Names, without.Class = nil, slices.Repeat([]int{9}, len(test.x))
		equation := func(title, formula, below string) show.Figure {
			return show.Sketch{Title: title, Width: width, Height: 78, Shapes: []show.Shape{
				show.Words{X: width / 2, Y: 28, Text: formula, Size: 20, Align: show.Centre},
				show.Words{X: width / 2, Y: 58, Text: below, Align: show.Centre},
			}}
		}
		fig := show.Row(
			show.Column(equation("Supervised learning", "L(D)  =  Σ_{(x,y) in D}  −log p(y | x)", fmt.Sprintf("a linear classifier: %.3f nats a point, %.0f %% right", probe.NLL, 100*probe.Accuracy)), with),
			show.Column(equation("Unsupervised learning", "L(D)  =  ?", "the same points, without a teacher"), without),
		)
		on := fmt.Sprintf("%d test digits 0, 1 and 4 of %s, by roundness and ink", len(test.labels), digits.Title())
		measured := []score.Measured{
			{What: "−log p(y | x), linear classifier", On: on, Unit: "nats", Value: probe.NLL, Note: "log 3 = 1.10 without x"},
			{What: "linear classifier, right", On: on, Unit: "%", Value: 100 * probe.Accuracy, StdErr: 100 * probe.StdErr},
		}
		return fig, score.Beside(nil, measured), nil
	},
}

// points are pictures as places in a plane: how round they are, and how much ink they have.
type points struct {
	x, y   []float64
	points []float32 // both in turn
	labels []uint8   // an index into the kinds
}

func (p points) classes() []int {
	out := make([]int, len(p.labels))
	for i, y := range p.labels {
		out[i] = int(y)
	}
	return out
}

// plane is the images of some kinds as points.
func plane(images data.Images, kinds []uint8) points {
	var chosen []int
	for i, y := range images.Labels {
		if slices.Contains(kinds, y) {
			chosen = append(chosen, i)
		}
	}
	images = images.Take(chosen)
	p := points{x: images.Roundness(), y: images.Ink()}
	for i, y := range images.Labels {
		p.points = append(p.points, float32(p.x[i]), float32(p.y[i]))
		p.labels = append(p.labels, uint8(slices.Index(kinds, y)))
	}
	return p
}

var densityObjective = Entry{
	ID: "density-objective", Part: introduction,
	Caption: "Maximum likelihood: a mixture of three bells learns how round digits are. The bump on the left is the ones, which nobody told it of.",
	Cards:   "density modelling",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		digits, err := data.MNIST()
		if err != nil {
			return fail(err)
		}
		train, test := digits.Train.First(20_000).Roundness(), digits.Test.Roundness()
		grid := make([]float32, 251)
		for i := range grid {
			grid[i] = 1.1*float32(i)/250 - 0.05
		}
		fig := show.Density{XLabel: "roundness of a digit: 0 is a line, 1 a disc", Data: test}
		on := "roundness of " + digits.Title() + ", test"
		var measured []score.Measured
		for _, steps := range []int{10, 100, 1000} {
			run, err := d.bells(train, digits.Title(), steps)
			if err != nil {
				return fail(err)
			}
			curve := show.Series{Dashed: steps < 1000}
			heights, err := densities(run, grid)
			if err != nil {
				return fail(err)
			}
			for i, p := range heights {
				curve.X, curve.Y = append(curve.X, float64(grid[i])), append(curve.Y, math.Exp(float64(p)))
			}
			scored, err := densities(run, floats(test))
			if err != nil {
				return fail(err)
			}
			each := make([]float64, len(scored))
			for i, logP := range scored {
				each[i] = -float64(logP)
			}
			cost := score.NewEstimate(each, 1)
			curve.Name = strings.Replace(fmt.Sprintf("step %d: %.3f nats", steps, cost.Mean), "-", "−", 1)
			fig.Curves = append(fig.Curves, curve)
			measured = append(measured, score.Measured{What: fmt.Sprintf("−log p(x), three bells, step %d", steps), On: on, Unit: "nats", Value: cost.Mean, StdErr: cost.StdErr, Note: "of a density: below 0 where it is above 1"})
		}
		fig.Title = "L(D) = Σ −log p(x), falling"
		return fig, score.Beside(nil, measured), nil
	},
}

// bells fits three bells to numbers for so many steps, or opens the run that did.
func (d *desk) bells(xs []float64, title string, steps int) (*train.Run, error) {
	const batch = 500
	bells := score.Bells{K: 3}
	numbers := floats(xs)
	start := time.Now()
	run, err := train.Fit(train.Task{
		Name: fmt.Sprintf("bells-%d", steps), Preset: d.preset, Data: "roundness of " + title, Config: bells, Seed: 1,
		Steps: steps, Rate: train.Rate{Peak: 0.02}, Unit: "nats",
		Batch: func(step int) []*tensors.Tensor {
			at := step * batch % (len(numbers) - batch)
			return []*tensors.Tensor{tensors.FromFlatDataAndDimensions(numbers[at:at+batch], batch)}
		},
		Objective: func(scope *model.Scope, x []*Node) (*Node, []train.Part) {
			return Neg(ReduceAllMean(bells.LogProb(scope, x[0]))), nil
		},
	})
	if err != nil {
		return nil, err
	}
	return run, d.uses(run, time.Since(start))
}

// densities is log p(x) in nats of each number.
func densities(run *train.Run, xs []float32) ([]float32, error) {
	return run.Apply(xs, nil, score.Bells{K: 3}.LogProb)
}

func floats(xs []float64) []float32 {
	out := make([]float32, len(xs))
	for i, x := range xs {
		out[i] = float32(x)
	}
	return out
}

var bitsNotEqual = Entry{
	ID: "bits-not-equal", Part: introduction,
	Caption: "What structure saves, in nats of the code: without its class a digit costs at most two nats more, with pixels shuffled within blocks of 2×2 many times that.",
	Cards:   "density modelling, Gated PixelCNN",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		mnist, err := data.ThresholdMNIST()
		if err != nil {
			return fail(err)
		}
		bars := show.Bars{
			Label: "nats more a picture, 14×14, binarised by a threshold", Format: "%.2f",
			Hues: []string{"high level destroyed: the class is not told", "low level destroyed: pixels shuffled within blocks of 2×2"},
		}
		var measured []score.Measured
		var pictures show.Figure
		for _, set := range []struct {
			digits       data.Digits
			name, suffix string
		}{{mnist.At14(), "MNIST", ""}, {data.StrokeDigits().At14(), "pen-stroke digits", "-strokes"}} {
			title := set.digits.Title()
			costs, err := d.destroy(set.digits, set.suffix)
			if err != nil {
				return fail(err)
			}
			if !set.digits.Real && set.suffix == "" {
				set.name = "stand-in for MNIST"
			}
			worth, lie, surprise := costs.worth, costs.lie, costs.surprise
			bars.Bars = append(bars.Bars, show.Bar{Name: set.name, Value: worth.High, Error: worth.HighErr}, show.Bar{Value: worth.Low, Error: worth.LowErr, Hue: 1})
			worth.Whole.Title = title
			measured = append(measured,
				worth.Whole.As("Gated PixelCNN, given the class", ""),
				score.Measured{What: "more without the class", On: title, Unit: "nats", Value: worth.High, StdErr: worth.HighErr, Note: "at most H(y) = 2.30"},
				score.Measured{What: "more with pixels shuffled within 2×2", On: title, Unit: "nats", Value: worth.Low, StdErr: worth.LowErr, Note: "under a model that learned such pictures"},
				score.Measured{What: "low level / high level", On: title, Unit: "times", Value: worth.Ratio(), Note: "should be over 5"},
				score.Measured{What: "surprise: more with the class of another picture", On: title, Unit: "nats", Value: lie[0], StdErr: lie[1], Note: "not information: it was told wrongly"},
				score.Measured{What: "surprise: more with shuffled pixels, unprepared", On: title, Unit: "nats", Value: surprise[0], StdErr: surprise[1], Note: "not information: under the model of whole pictures"})
			if pictures == nil {
				pictures = destroyed(set.digits.Test.First(10), costs.dust.Test.First(10))
			}
		}
		return show.Column(pictures, bars), score.Beside(nil, measured), nil
	},
}

// destruction is what became of a data set's test images and their costs.
type destruction struct {
	worth         score.Worth
	lie, surprise [2]float64 // nats more under the model of whole pictures, and standard errors: with other pictures' classes, with shuffled pixels
	dust          data.Digits
}

// destroy trains two small models alike, on whole digits and on shuffled ones, and measures.
func (d *desk) destroy(digits data.Digits, suffix string) (destruction, error) {
	dust, err := score.ShuffledDigits(digits, 2, 1)
	if err != nil {
		return destruction{}, err
	}
	whole, err := d.pixelcnn(notEqual("bits-whole"+suffix), digits)
	if err != nil {
		return destruction{}, err
	}
	dusty, err := d.pixelcnn(notEqual("bits-dust"+suffix), dust)
	if err != nil {
		return destruction{}, err
	}
	test, shuffled := d.tested(digits.Test, 5000), d.tested(dust.Test, 5000)
	liars, err := score.ShuffledLabels(test, 1)
	if err != nil {
		return destruction{}, err
	}
	out := destruction{dust: dust}
	given := func(run *pixelcnn.Run, images data.Images) (cost score.Estimate) {
		if err == nil {
			cost, err = score.NatsGiven(run.Backend, run.Store, run.LogProbGiven, images, 500)
		}
		return cost
	}
	told, dusted, lied, unprepared := given(whole, test), given(dusty, shuffled), given(whole, liars), given(whole, shuffled)
	if err != nil {
		return out, err
	}
	classless, err := score.NatsClassless(whole.Backend, whole.Store, whole.LogProbGiven, test, 10, 500)
	if err != nil {
		return out, err
	}
	if out.worth, err = score.BitsNotEqual(told, classless, dusted); err != nil {
		return out, err
	}
	if out.lie[0], out.lie[1], err = score.Gap(lied, told); err != nil {
		return out, err
	}
	out.surprise[0], out.surprise[1], err = score.Gap(unprepared, told)
	return out, err
}

// notEqual is the recipe of both models: the small one of quick at every preset, trained longer beyond it.
func notEqual(name string) func(pixelcnn.Recipe) pixelcnn.Recipe {
	return func(of pixelcnn.Recipe) pixelcnn.Recipe {
		r := pixelcnn.Quick().WithClasses()
		r.Name, r.Preset, r.Steps = name, of.Preset, 2000
		if of.Preset == "quick" {
			r.Steps = 500
		}
		return r
	}
}

// destroyed shows pictures as they are, without their classes, and as dust.
func destroyed(whole, dust data.Images) show.Figure {
	grid := show.Grid{Columns: whole.N, RowTitles: []string{"as it is", "high level destroyed", "low level destroyed"}}
	for i, m := range []data.Images{whole, whole, dust} {
		grid.Images = append(grid.Images, m.Pictures()...)
		for _, y := range m.Labels {
			label := fmt.Sprint(y)
			if i == 1 {
				label = "?"
			}
			grid.Labels = append(grid.Labels, label)
		}
	}
	return grid
}
