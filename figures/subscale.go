package figures

import (
	"fmt"
	"image"
	"image/color"
	"math"

	"github.com/curious-go/curious/pkg/autoregressive/subscale"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/nn"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/show"
)

const subscalePaper = "Menick and Kalchbrenner 2019"

// subscale opens the run of a recipe, or trains it.
func (d *desk) subscale(name string, change func(subscale.Recipe) subscale.Recipe, set data.PictureSet) (*subscale.Run, error) {
	return fitted(d, subscale.Preset, func(r subscale.Recipe) (*subscale.Run, error) {
		r.Name = name
		return change(r).FitImages(set.Title(), set.Train, set.Valid)
	})
}

// sliced is the preset's model of binary digits, 28×28, or 14×14 at quick; with plain, the Gated PixelCNN of equal size.
func (d *desk) sliced(digits data.Digits, plain bool) (*subscale.Run, error) {
	return fitted(d, subscale.Preset, func(r subscale.Recipe) (*subscale.Run, error) {
		if plain {
			r = r.WithPlain()
		}
		return r.Fit(digits)
	})
}

// deep is grey digits of 14×14 and 4 bits, in one depth or in two. A step in two depths takes twice as long, so that the other is given twice as many.
func (d *desk) deep(high int) (*subscale.Run, data.PictureSet, error) {
	digits, err := data.MNIST()
	if err != nil {
		return nil, data.PictureSet{}, err
	}
	set := digits.At14().PictureSet()
	run, err := d.subscale("subscale", func(r subscale.Recipe) subscale.Recipe {
		if r = r.WithBits(4); high > 0 {
			return r.WithDepth(high).Shorter(4)
		}
		return r.Shorter(2)
	}, set)
	return run, set, err
}

// sceneRun grows small scenes in size and in depth.
func (d *desk) sceneRun() (*subscale.Run, data.PictureSet, error) {
	set := data.SceneSet(16)
	run, err := d.subscale("subscale-scenes", func(r subscale.Recipe) subscale.Recipe {
		return r.WithBits(5).WithSize().WithDepth(3).Smaller(4)
	}, set)
	return run, set, err
}

// photoRun grows photographs in size.
func (d *desk) photoRun() (*subscale.Run, data.PictureSet, error) {
	set, err := data.CIFAR10()
	if err != nil {
		return nil, set, err
	}
	if d.preset == "quick" {
		set = set.Half()
	}
	run, err := d.subscale("subscale-cifar", func(r subscale.Recipe) subscale.Recipe {
		return r.WithBits(3).WithSize().Smaller(4).Shorter(2)
	}, set)
	return run, set, err
}

// perDim is what test images cost a run, in bits a value.
func perDim(run *subscale.Run, images data.Images, what, note string) (score.Measured, error) {
	cost, err := run.Nats(images)
	m := run.Recipe.Model
	return score.Measured{
		What: what, On: run.Data, Unit: "bits/dim", Value: cost.BitsPerDim(), StdErr: cost.StdErr / math.Ln2 / float64(max(1, cost.Dims)),
		Note: fmt.Sprintf("%d·%d slices, %s%d steps of %d images", m.Slices, m.Slices, note, run.Steps, run.Recipe.Batch),
	}, err
}

// subscalePublished are the paper's numbers.
func subscalePublished() []score.Published {
	var list []score.Published
	for _, p := range []struct {
		on      string
		value   float64
		checked bool
	}{
		{"ImageNet 32×32", 3.85, true},
		{"ImageNet 64×64", 3.52, true},
		{"ImageNet 128×128", 3.08, false},
		{"ImageNet 256×256", 2.97, false},
		{"CelebA-HQ 256×256, 5 of 8 bits", 0.61, false},
	} {
		source := subscalePaper
		if !p.checked {
			source += ", provisional: not checked against the paper"
		}
		list = append(list, score.Published{What: "SPN", On: p.on, Unit: "bits/dim", Value: p.value, Source: source, Tolerance: 0.02, Better: score.Lower})
	}
	return list
}

func subscalePublishedOn(on string) []score.Published {
	for _, p := range subscalePublished() {
		if p.On == on {
			return []score.Published{p}
		}
	}
	return nil
}

var subscaleSlices = Entry{
	ID: "spn-slices-diagram", Part: autoregressive,
	Caption: "Autoregressive over slices: the order in which 4×4 pixels in 2·2 slices are drawn, what is there when the tenth is drawn, and what each slice is told of those before it.",
	Cards:   "Subscale Pixel Network",
	draw: func(*desk) (show.Figure, score.Comparison, error) {
		model := subscale.Config{Height: 4, Width: 4, Slices: 2}
		const there = 9
		fig := slicesDiagram(model, there)
		big := subscale.Config{}
		beside, turn := big.Ticks()
		const on, unit = "28×28 pixels, 2·2 slices", "pixels drawn one after another"
		measured := []score.Measured{
			{What: "numbered pixels", On: "the diagram, 4 slices", Unit: "pixels", Value: float64(len(model.Order()))},
			{What: "slices in turn", On: on, Unit: unit, Value: float64(turn)},
			{What: "slices side by side", On: on, Unit: unit, Value: float64(beside), Note: "each as far behind the one before as the embedding sees ahead"},
		}
		published := []score.Published{
			{What: "numbered pixels", On: "the diagram, 4 slices", Unit: "pixels", Value: 16, Source: "the tutorial's slide"},
			{What: "slices in turn", On: on, Unit: unit, Value: 28 * 28, Source: "one for each pixel"},
		}
		return fig, score.Beside(published, measured), nil
	},
}

// slicesDiagram numbers the pixels of an image of 2·2 slices in the model's order, as many of them drawn as are there.
func slicesDiagram(model subscale.Config, there int) show.Sketch {
	s := model.Slices
	number := make([]int, model.Height*model.Width)
	for t, place := range model.Order() {
		number[place] = t + 1
	}
	fig := show.Sketch{Title: "Slices: every second pixel of every second row", Width: 700, Height: 430}
	words := func(x, y float64, text string, bold bool) {
		fig.Shapes = append(fig.Shapes, show.Words{X: x, Y: y, Text: text, Bold: bold, Align: show.Centre})
	}
	const cell = 32.0
	square := func(x, y float64, slice int, text string, filled, outlined bool) {
		p := show.Polygon{
			Points: [][2]float64{{x, y}, {x + cell, y}, {x + cell, y + cell}, {x, y + cell}},
			Fill:   color.White, Edge: color.Gray{160}, Thick: 1,
		}
		if filled {
			p.Fill = tint(show.Palette[slice])
		}
		if outlined {
			x, y := x+2, y+2
			const in = cell - 4
			fig.Shapes = append(fig.Shapes, p)
			p = show.Polygon{Points: [][2]float64{{x, y}, {x + in, y}, {x + in, y + in}, {x, y + in}}, Edge: color.Black, Thick: 2.5}
		}
		fig.Shapes = append(fig.Shapes, p)
		words(x+cell/2, y+cell/2+5, text, outlined)
	}
	sliceOf := func(row, col int) int { return row%s*s + col%s }
	image := func(x, y float64, title string, number func(row, col int) (text string, filled, outlined bool)) {
		words(x+cell*float64(model.Width)/2, y-12, title, true)
		for row := range model.Height {
			for col := range model.Width {
				text, filled, outlined := number(row, col)
				square(x+float64(col)*cell, y+float64(row)*cell, sliceOf(row, col), text, filled, outlined)
			}
		}
	}
	at := func(row, col int) int { return number[row*model.Width+col] }
	source := func(row, col int) (string, bool, bool) {
		if at(row, col) > there {
			return "", false, false
		}
		return fmt.Sprint(at(row, col)), true, false
	}
	target := func(row, col int) (string, bool, bool) {
		return fmt.Sprint(at(row, col)), true, at(row, col) == there+1
	}
	const left, top, right = 28.0, 40.0, 384.0
	image(left, top, "source", source)
	image(right, top, "target", target)
	arrow := func(y float64) {
		fig.Shapes = append(fig.Shapes,
			show.Polygon{Points: [][2]float64{{right - 44, y}, {right - 18, y}}, Open: true, Edge: color.Black},
			show.Polygon{Points: [][2]float64{{right - 18, y - 5}, {right - 9, y}, {right - 18, y + 5}}, Fill: color.Black})
	}
	arrow(top + 2*cell)
	// The slices of each, two by two.
	h, w := model.Height/s, model.Width/s
	for k := range s * s {
		for side, number := range []func(row, col int) (string, bool, bool){source, target} {
			x := []float64{left, right}[side] + float64(model.Width)*cell + 22 + float64(k%s)*(float64(w)*cell+12)
			y := top - 26 + float64(k/s)*(float64(h)*cell+34) + 26
			words(x+float64(w)*cell/2, y-5, fmt.Sprintf("slice %d", k+1), false)
			for row := range h {
				for col := range w {
					text, filled, outlined := number(row*s+k/s, col*s+k%s)
					square(x+float64(col)*cell, y+float64(row)*cell, k, text, filled, outlined)
				}
			}
		}
	}
	// What each slice is told, by its place from there.
	const below = 282.0
	words(350, below-30, "What a slice is told: those before it, each in the channel of its place from here", true)
	for k := range s * s {
		const step = 166.0
		x, y := 47+float64(k)*step+cell, below+cell+16
		words(x+cell/2, below+2, fmt.Sprintf("drawing slice %d", k+1), false)
		for _, tap := range nn.MaskA(2*s - 1) {
			row, col := k/s+tap.Row, k%s+tap.Col
			here := row >= 0 && row < s && col >= 0 && col < s
			text := "0"
			if here {
				text = fmt.Sprint(row*s + col + 1)
			}
			square(x+float64(tap.Col)*cell, y+float64(tap.Row)*cell, max(0, row*s+col), text, here, false)
		}
		square(x, y, k, "?", true, true)
	}
	words(350, below+3*cell+30, fmt.Sprintf("%d of %d pixels are there, and pixel %d is next; 0: no such slice", there, len(number), there+1), false)
	return fig
}

// tint is a light shade of a colour.
func tint(c color.RGBA) color.RGBA {
	light := func(v uint8) uint8 { return uint8(255 - (255-int(v))*2/5) }
	return color.RGBA{light(c.R), light(c.G), light(c.B), 255}
}

var subscaleScenes = Entry{
	ID: "spn-celebahq-samples", Part: autoregressive,
	Caption: "Samples that grow in size and in depth, from small images of 3 bits to large ones of 5 (own data in place of CelebA-HQ: small scenes of 16×16 that our brush draws).",
	Cards:   "Subscale Pixel Network",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		run, set, err := d.sceneRun()
		if err != nil {
			return fail(err)
		}
		const columns = 10
		final, err := run.Sample(columns, subscale.Drawing{Seed: 1})
		if err != nil {
			return fail(err)
		}
		m := run.Recipe.Model
		shallow, err := subscale.Depth(final, m.High)
		if err != nil {
			return fail(err)
		}
		slices, err := subscale.Slices(shallow, m.Slices)
		if err != nil {
			return fail(err)
		}
		real, err := subscale.Depth(set.Test.First(columns), m.Bits)
		if err != nil {
			return fail(err)
		}
		grid := show.Grid{Title: run.Data, Columns: columns}
		for _, row := range []struct {
			images data.Images
			title  string
		}{
			{slices[0], fmt.Sprintf("%d×%d, %d bits", m.Height/m.Slices, m.Width/m.Slices, m.High)},
			{shallow, fmt.Sprintf("%d×%d, %d bits", m.Height, m.Width, m.High)},
			{final, fmt.Sprintf("%d×%d, %d bits", m.Height, m.Width, m.Bits)},
			{real, "data"},
		} {
			grid.Images = append(grid.Images, row.images.Pictures()...)
			grid.RowTitles = append(grid.RowTitles, row.title)
		}
		cost, err := perDim(run, d.tested(set.Test, 200), "SPN, size and depth upscaling", fmt.Sprintf("%d bits first, ", m.High))
		if err != nil {
			return fail(err)
		}
		return grid, score.Beside(subscalePublishedOn("CelebA-HQ 256×256, 5 of 8 bits"), []score.Measured{cost}), nil
	},
}

var subscalePhotos = Entry{
	ID: "spn-imagenet128-samples", Part: autoregressive,
	Caption: "Size upscaling: the first slice of a test photograph, and the other three drawn (own data in place of ImageNet 128×128: the CIFAR-10 images at hand, at 3 bits).",
	Cards:   "Subscale Pixel Network",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		run, set, err := d.photoRun()
		if err != nil {
			return fail(err)
		}
		const columns = 8
		m := run.Recipe.Model
		real, err := subscale.Depth(set.Test.First(columns), m.Bits)
		if err != nil {
			return fail(err)
		}
		slices, err := subscale.Slices(real, m.Slices)
		if err != nil {
			return fail(err)
		}
		large, err := run.Complete(real, 1, 1, 1)
		if err != nil {
			return fail(err)
		}
		nothing, err := run.Sample(columns, subscale.Drawing{Seed: 2})
		if err != nil {
			return fail(err)
		}
		var pictures []image.Image
		for _, images := range []data.Images{slices[0], large, real, nothing} {
			pictures = append(pictures, images.Pictures()...)
		}
		grid := show.Grid{
			Title: run.Data, Images: pictures, Columns: columns,
			RowTitles: []string{"given: slice 1", "drawn: slices 2–4", "the photograph", "all drawn"},
		}
		cost, err := perDim(run, d.tested(set.Test, 100), "SPN, size upscaling", "")
		if err != nil {
			return fail(err)
		}
		return grid, score.Beside(subscalePublishedOn("ImageNet 128×128"), []score.Measured{cost}), nil
	},
}

var subscaleBits = Entry{
	ID: "spn-bits-per-slice", Part: autoregressive,
	Caption: "What each slice costs, given those before it: the later, the cheaper; beside it, depth upscaling, where high bits and low bits together cost about what all bits at once do.",
	Cards:   "Subscale Pixel Network",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		digits, err := d.binarized()
		if err != nil {
			return fail(err)
		}
		run, err := d.sliced(digits, false)
		if err != nil {
			return fail(err)
		}
		plain, err := d.sliced(digits, true)
		if err != nil {
			return fail(err)
		}
		test := d.tested(digits.Test, 1000)
		shares, err := run.BySlice(test)
		if err != nil {
			return fail(err)
		}
		own, err := run.Nats(test)
		if err != nil {
			return fail(err)
		}
		other, err := plain.Nats(test)
		if err != nil {
			return fail(err)
		}
		gap, spread, err := score.Gap(own, other)
		if err != nil {
			return fail(err)
		}
		own.Title, other.Title = digits.Title(), digits.Title()
		size := func(r *subscale.Run) string {
			return fmt.Sprintf("%d parameters, %d steps of %d images", r.Recipe.Model.Parameters(), r.Steps, r.Recipe.Batch)
		}
		measured := []score.Measured{
			own.As("SPN, 2·2 slices", size(run)), other.As("plain: Gated PixelCNN of equal size", size(plain)),
			{What: "SPN − plain", On: digits.Title(), Unit: "nats", Value: gap, StdErr: spread, Note: "at most 3 is asked for"},
		}
		const bits = 1 / math.Ln2
		bars := show.Bars{Title: digits.Title(), Label: "bits a pixel", Format: "%.3f", Width: 340}
		for i, s := range shares {
			bars.Bars = append(bars.Bars, show.Bar{Name: s.Name, Value: s.Mean * bits / float64(s.Dims), Error: s.StdErr * bits / float64(s.Dims), Hue: i})
			s.Title = digits.Title()
			measured = append(measured, s.As(s.Name, ""))
		}
		for i, e := range []score.Estimate{own, other} {
			bars.Bars = append(bars.Bars, show.Bar{Name: []string{"all slices", "row by row"}[i], Value: e.BitsPerDim(), Error: e.StdErr * bits / float64(e.Dims), Hue: 6 + 3*i})
		}

		joint, set, err := d.deep(0)
		if err != nil {
			return fail(err)
		}
		two, _, err := d.deep(2)
		if err != nil {
			return fail(err)
		}
		grey := d.tested(set.Test, 1000)
		atOnce, err := joint.Nats(grey)
		if err != nil {
			return fail(err)
		}
		depths, err := two.BySlice(grey)
		if err != nil {
			return fail(err)
		}
		high, low := together(depths[:len(depths)/2]), together(depths[len(depths)/2:])
		both := together(depths)
		depth := show.Bars{
			Title: joint.Data, Label: "bits a pixel", Format: "%.3f", Width: 340,
			Bars: []show.Bar{
				{Name: "2 high bits", Value: high.Mean * bits / float64(atOnce.Dims), Error: high.StdErr * bits / float64(atOnce.Dims), Hue: 4},
				{Name: "2 low bits, given high", Value: low.Mean * bits / float64(atOnce.Dims), Error: low.StdErr * bits / float64(atOnce.Dims), Hue: 5},
				{Name: "sum", Value: both.Mean * bits / float64(atOnce.Dims), Error: both.StdErr * bits / float64(atOnce.Dims), Hue: 6},
				{Name: "4 bits at once", Value: atOnce.BitsPerDim(), Error: atOnce.StdErr * bits / float64(atOnce.Dims), Hue: 9},
			},
		}
		for _, e := range []struct {
			score.Estimate
			what, note string
		}{
			{high, "2 high bits", ""}, {low, "2 low bits given the high ones", ""}, {both, "high bits + low bits", size(two)}, {atOnce, "4 bits at once", size(joint)},
		} {
			e.Title = joint.Data
			measured = append(measured, e.As(e.what, e.note))
		}
		return show.Row(bars, depth), score.Beside(nil, measured), nil
	},
}

// together is the cost of several shares of the same images.
func together(shares []subscale.Share) score.Estimate {
	sum := shares[0].Estimate
	sum.Each = append([]float64(nil), sum.Each...)
	for _, s := range shares[1:] {
		sum.Mean += s.Mean
		sum.Dims += s.Dims
		for i, v := range s.Each {
			sum.Each[i] += v
		}
	}
	squares := 0.0
	for _, v := range sum.Each {
		squares += (v - sum.Mean) * (v - sum.Mean)
	}
	n := float64(sum.N)
	sum.StdErr = math.Sqrt(squares / max(1, n-1) / n)
	return sum
}

var subscaleTable = Entry{
	ID: "spn-nll-table", Part: autoregressive,
	Caption: "What the paper's models cost on photographs of 32×32 to 256×256, and ours on small pictures, which is another question: the data differ, and ours train for minutes.",
	Cards:   "Subscale Pixel Network",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		digits, err := d.binarized()
		if err != nil {
			return fail(err)
		}
		var measured []score.Measured
		run, err := d.sliced(digits, false)
		if err != nil {
			return fail(err)
		}
		m, err := perDim(run, d.tested(digits.Test, 1000), "SPN, ours", "")
		if err != nil {
			return fail(err)
		}
		measured = append(measured, m)
		for _, other := range []func() (*subscale.Run, data.PictureSet, error){d.sceneRun, d.photoRun} {
			run, set, err := other()
			if err != nil {
				return fail(err)
			}
			if m, err = perDim(run, d.tested(set.Test, 100), "SPN, ours", ""); err != nil {
				return fail(err)
			}
			measured = append(measured, m)
		}
		table := show.Table{
			Title: "Subscale Pixel Networks", Cols: []show.Col{{Name: "data"}, {Name: "bits/dim", Format: "%.3g"}, {Name: "whose"}},
		}
		for _, p := range subscalePublished() {
			table.Rows = append(table.Rows, []any{p.On, p.Value, p.Source})
		}
		for _, m := range measured {
			table.Rows = append(table.Rows, []any{m.On, m.Value, "ours, " + d.preset})
			table.Bold = append(table.Bold, len(table.Rows)-1)
		}
		return table, score.Beside(subscalePublished(), measured), nil
	},
}
