package figures

import (
	"cmp"
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/gomlx/gomlx/ml/model"

	. "github.com/gomlx/gomlx/core/graph"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/autoregressive/pixelrnn"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/score/check"
	"github.com/curious-go/curious/pkg/show"
)

// pixelrnn opens the run of a recipe, or trains it.
func (d *desk) pixelrnn(change func(pixelrnn.Recipe) pixelrnn.Recipe, digits data.Digits) (*pixelrnn.Run, error) {
	return fitted(d, pixelrnn.Preset, func(r pixelrnn.Recipe) (*pixelrnn.Run, error) { return change(r).Fit(digits) })
}

var (
	asDiagonal   = func(r pixelrnn.Recipe) pixelrnn.Recipe { return r }
	asRow        = pixelrnn.Recipe.WithRow
	asMultiScale = func(r pixelrnn.Recipe) pixelrnn.Recipe { return r.WithRow().WithMultiScale() }
)

var occlusionCompletions = Entry{
	ID: "occlusion-completions", Part: autoregressive,
	Caption: "Half of a test digit is covered, and a Diagonal BiLSTM draws what it takes to be there, five times; at the right the digit itself.",
	Cards:   "PixelRNN",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		digits, err := d.binarized()
		if err != nil {
			return fail(err)
		}
		run, err := d.pixelrnn(asDiagonal, digits)
		if err != nil {
			return fail(err)
		}
		const rows, times = 8, 5
		some := digits.Test.Shuffled(4).First(rows)
		drawn, err := run.Complete(some, times, 1)
		if err != nil {
			return fail(err)
		}
		completed, whole := run.Pictures(drawn), some.Pictures()
		var pictures []image.Image
		for i, digit := range whole {
			pictures = append(pictures, show.Begun(digit, digits.Height/2*digits.Width, nil))
			pictures = append(pictures, completed[i*times:(i+1)*times]...)
			pictures = append(pictures, digit)
		}
		// How much of what is drawn is as it was, beside how much two drawings agree: where a half leaves a choice, neither can be all.
		h, w := digits.Height, digits.Width
		under, right, alike := 0, 0, 0
		for i := range rows {
			for j := h / 2 * w; j < h*w; j++ {
				for t := range times {
					under++
					right += same(drawn[(i*times+t)*h*w+j], float32(some.At(i)[j]))
					alike += same(drawn[(i*times+t)*h*w+j], drawn[(i*times+(t+1)%times)*h*w+j])
				}
			}
		}
		share := func(n int) float64 { return 100 * float64(n) / float64(under) }
		return show.Grid{Title: "covered, drawn five times, and the digit", Images: pictures, Columns: times + 2, Scale: cmp.Or(84/digits.Width, 1)}, score.Beside(nil, []score.Measured{
			{What: "covered pixels drawn as they were", On: digits.Title(), Unit: "%", Value: share(right)},
			{What: "pixels on which two drawings agree", On: digits.Title(), Unit: "%", Value: share(alike)},
		}), nil
	},
}

func same(a, b float32) int {
	if a == b {
		return 1
	}
	return 0
}

var rowVsDiagonal = Entry{
	ID: "pixelrnn-row-vs-diagonal", Part: autoregressive,
	Caption: "Which pixels the outlined one can see (blue), measured by the gradient of its logit: convolutions see what is near, a Row LSTM a triangle up to the upper edge, a Diagonal BiLSTM everything.",
	Cards:   "PixelRNN, PixelCNN",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		const first, layers, h, w = 3, 2, 11, 21
		const pixel = 9*w + 10
		const on, unit = "2 layers on 11×21 pixels", "earlier pixels unseen"
		from := pixelrnn.Config{Height: h, Width: w, Channels: 8, Layers: layers, First: first}
		row := from
		row.Cell = pixelrnn.RowLSTM
		// A Row LSTM's layer looks to the left in its own row, and goes up by as many rows as there are, a pixel wider with each.
		paths := []nn.Taps{nn.MaskA(first)}
		for range layers {
			paths = append(paths, nn.Box(0, 0, -1, 0))
			for range h {
				paths = append(paths, append(nn.Box(-1, -1, -1, 1), nn.Tap{}))
			}
		}
		var maps []show.Figure
		var measured []score.Measured
		var published []score.Published
		for _, m := range []struct {
			name, source string
			logits       check.Logits
			predicted    check.Field
		}{
			{"PixelCNN", "counted on the masks", func(s *model.Scope, x *Node) *Node {
				return pixelcnn.Plain{Height: h, Width: w, Layers: layers, First: first}.Logits(s, x, nil)
			}, check.Reach(nn.MaskA(first), nn.MaskB(3), nn.MaskB(3))},
			{"Row LSTM", "counted on the masks", func(s *model.Scope, x *Node) *Node { return row.Logits(s, x, nil) }, check.Reach(paths...)},
			{"Diagonal BiLSTM", "van den Oord et al. 2016", func(s *model.Scope, x *Node) *Node { return from.Logits(s, x, nil) }, check.Before},
		} {
			sees, err := check.ReceptiveField(d.engine.Backend, model.NewStore(), m.logits, h, w, pixel)
			if err != nil {
				return nil, score.Comparison{}, err
			}
			if want := m.predicted(h, w, pixel); sees.String() != want.String() {
				return nil, score.Comparison{}, fmt.Errorf("the %s sees\n%v\nand should see\n%v", m.name, sees, want)
			}
			values := make([][]float64, h)
			for r := range h {
				values[r] = make([]float64, w)
				for c, seen := range sees[r] {
					if seen {
						values[r][c] = 1
					}
				}
			}
			unseen := pixel - sees.Count()
			maps = append(maps, show.Heat{
				Title: fmt.Sprintf("%s: %d unseen", m.name, unseen), Values: values, CellSize: 12, Marks: []show.Cell{{Row: pixel / w, Col: pixel % w}},
			})
			measured = append(measured, score.Measured{What: m.name, On: on, Unit: unit, Value: float64(unseen)})
			published = append(published, score.Published{What: m.name, On: on, Unit: unit, Value: float64(pixel - m.predicted(h, w, pixel).Count()), Source: m.source})
		}
		return show.Row(maps...), score.Beside(published, measured), nil
	},
}

var pixelrnnContext = Entry{
	ID: "pixelrnn-context", Part: autoregressive,
	Caption: "The context of a pixel, all that is drawn before it, and what a Diagonal BiLSTM trained on grey digits then expects of it: chances of the 256 greys.",
	Cards:   "PixelRNN",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		digits, err := data.MNIST()
		if err != nil {
			return fail(err)
		}
		digits = digits.At14()
		run, err := d.pixelrnn(pixelrnn.Recipe.WithGrey, digits)
		if err != nil {
			return fail(err)
		}
		cost, err := run.Nats(digits.Test.First(2000))
		if err != nil {
			return fail(err)
		}
		one := digits.Test.Shuffled(2).First(1)
		chances, err := run.Predict(one)
		if err != nil {
			return fail(err)
		}
		// The pixel of the lower half that is hardest to guess, beside one in the corner that is easy.
		hardest := digits.Height / 2 * digits.Width
		for i, p := range chances[0] {
			if i > hardest && entropy(p) > entropy(chances[0][hardest]) {
				hardest = i
			}
		}
		pixels := one.At(0)
		shown := []int{digits.Width + 1, hardest}
		var panels []show.Figure
		for _, i := range shown {
			panels = append(panels, show.Row(
				show.Grid{Images: []image.Image{show.Next(one.Pictures()[0], i, nil)}, Scale: 13},
				histogram(chances[0][i], int(pixels[i])),
			))
		}
		cost.Title = digits.Title()
		return show.Column(panels...), score.Beside(nil, []score.Measured{
			{What: "Diagonal BiLSTM, 256 levels", On: digits.Title(), Unit: "bits/dim", Value: cost.BitsPerDim(), StdErr: cost.StdErr / math.Ln2 / float64(cost.Dims), Note: fmt.Sprintf("%d steps of %d images; a uniform guess costs 8", run.Recipe.Steps, run.Recipe.Batch)},
			{What: "the histogram drawn below", On: digits.Title(), Unit: "bits", Value: entropy(chances[0][hardest]), Note: "its entropy"},
		}), nil
	},
}

// entropy is −Σ p log₂ p in bits.
func entropy(p []float64) float64 {
	sum := 0.0
	for _, v := range p {
		if v > 0 {
			sum -= v * math.Log2(v)
		}
	}
	return sum
}

// histogram draws a bar for each level, and where the true one is.
func histogram(p []float64, truth int) show.Curves {
	var x, y, low []float64
	for k, v := range p {
		left, right := float64(k)-0.5, float64(k)+0.5
		x, y, low = append(x, left, left, right, right), append(y, 0, v, v, 0), append(low, 0, 0, 0, 0)
	}
	most := slices.Max(p)
	return show.Curves{
		XLabel: fmt.Sprintf("grey: 0 is black, 255 white; it was %d", truth), YLabel: "p(x_i | x_<i)", YRange: [2]float64{0, 1.1 * cmp.Or(most, 1)}, Height: 230, Width: 470,
		Series: []show.Series{{Name: "expected", X: x, Y: y, Low: low, High: y}, {Name: "true", X: []float64{float64(truth), float64(truth)}, Y: []float64{0, 1.1 * most}, Dashed: true}},
	}
}
