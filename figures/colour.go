package figures

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/curious-go/curious/pkg/autoregressive/pixelcnn"
	"github.com/curious-go/curious/pkg/coding"
	"github.com/curious-go/curious/pkg/coding/codecs"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/show"
)

// photographs are CIFAR-10's, at half their size where it should be quick.
func (d *desk) photographs() (data.PictureSet, error) {
	set, err := data.CIFAR10()
	if d.preset == "quick" && err == nil {
		set = set.Half()
	}
	return set, err
}

// coloured opens the run of a colour recipe, or trains it.
func (d *desk) coloured(change func(pixelcnn.ColourRecipe) pixelcnn.ColourRecipe, set data.PictureSet) (*pixelcnn.ColourRun, error) {
	return fitted(d, pixelcnn.ColourPreset, func(r pixelcnn.ColourRecipe) (*pixelcnn.ColourRun, error) { return change(r).Fit(set) })
}

func asInColour(r pixelcnn.ColourRecipe) pixelcnn.ColourRecipe { return r }

var colourCoders = Entry{
	ID: "pixelcnn-colour-coders", Part: autoregressive,
	Caption: "Bits for each value of the same photographs: files of image coders, and the file that a PixelCNN in colour writes with an entropy coder, all without loss.",
	Cards:   "PixelCNN, Gated PixelCNN",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		set, err := d.photographs()
		if err != nil {
			return fail(err)
		}
		run, err := d.coloured(asInColour, set)
		if err != nil {
			return fail(err)
		}
		images := set.Test.First(128)
		coder := run.Coder(pixelcnn.Told{})
		defer coder.Close()
		var file bytes.Buffer
		stats, err := coding.Encode(&file, coder, images)
		if err != nil {
			return fail(err)
		}
		again, err := coding.Decode(&file, coder)
		if err != nil {
			return fail(err)
		}
		if !bytes.Equal(again.Pix, images.Pix) {
			return fail(fmt.Errorf("the file holds other pixels than were written"))
		}
		peers := append(coding.Peers(), codecs.Peers()...)
		if d.preset != "quick" {
			peers = append(peers, coding.Peer{Name: "JPEG XL, one sheet, at best", Bytes: coding.SheetAs(codecs.JPEGXLBest)})
		}
		sizes, err := coding.Compare(images, append(peers, coding.Coded("PixelCNN in colour", stats))...)
		if err != nil {
			return fail(err)
		}
		on, note := set.Title(), fmt.Sprintf("the first %d test images", images.N)
		bars := show.Bars{Title: fmt.Sprintf("%s, %d test images", on, images.N), Label: "bits for each value, in files", Format: "%.3f"}
		var measured []score.Measured
		for i, s := range sizes {
			hue := 9
			if i == len(sizes)-1 {
				hue = 0
			}
			bars.Bars = append(bars.Bars, show.Bar{Name: s.Name, Value: s.BitsPerDim, Hue: hue})
			measured = append(measured, score.Measured{What: s.Name, On: on, Unit: "bits/dim", Value: s.BitsPerDim, Note: fmt.Sprintf("%d bytes, %s", s.Bytes, note)})
		}
		cost, err := run.Cost(set.Test, pixelcnn.Told{})
		if err != nil {
			return fail(err)
		}
		measured = append(measured, inBits(cost, set, "PixelCNN in colour, −log₂ p(x)", fmt.Sprintf("all %d test images, %d steps of %d", cost.N, run.Steps, run.Recipe.Batch)))
		measured = append(measured, score.Measured{What: "its file, header included, beyond −log₂ p(x)", On: on, Unit: "%", Value: 100 * (float64(stats.Bits)/stats.NLL - 1), Note: note})
		return bars, score.Beside(nil, measured), nil
	},
}

// inBits is a cost as a row in bits/dim.
func inBits(e score.Estimate, set data.PictureSet, what, note string) score.Measured {
	bits := e.BitsPerDim()
	return score.Measured{What: what, On: set.Title(), Unit: "bits/dim", Value: bits, StdErr: e.StdErr / e.Mean * bits, Note: note}
}

var colourSamples = Entry{
	ID: "pixelcnn-colour-samples", Part: autoregressive,
	Caption: "Drawn by a PixelCNN in colour that was told the kind of landscape, a row each, and where the ball is to be, from left to right in each row; a classifier and a finder that never saw a sample read both back.",
	Cards:   "Gated PixelCNN, conditional",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		set := data.SceneSet(16)
		run, err := d.coloured(func(r pixelcnn.ColourRecipe) pixelcnn.ColourRecipe { return r.WithClasses().WithSpots() }, set)
		if err != nil {
			return fail(err)
		}
		const columns = 9
		var kinds []int32
		var spots []data.Spot
		for kind := range set.Classes {
			for i := range columns {
				kinds = append(kinds, int32(kind))
				spots = append(spots, data.Spot{Row: 0.6, Col: 0.2 + 0.6*float32(i)/(columns-1)})
			}
		}
		drawing := func(kinds []int32, spots []data.Spot, seed int64) pixelcnn.Drawing {
			return pixelcnn.Drawing{Seed: seed, Classes: kinds, Map: pixelcnn.Near(spots, set.Height, set.Width)}
		}
		pixels, err := run.Sample(len(kinds), drawing(kinds, spots, 1))
		if err != nil {
			return fail(err)
		}
		grid := show.Grid{Title: fmt.Sprintf("%s, told kind and place", set.Title()), Images: run.Pictures(pixels), Columns: columns, RowTitles: set.Classes}

		// Both judges learn or are built from scenes alone. They judge as many drawings of each kind, the balls anywhere.
		const each = 32
		random := rand.New(rand.NewPCG(1, 1))
		kinds, spots = nil, nil
		for i := range each * len(set.Classes) {
			kinds = append(kinds, int32(i%len(set.Classes)))
			spots = append(spots, data.Spot{Row: 0.2 + 0.6*random.Float32(), Col: 0.2 + 0.6*random.Float32()})
		}
		pixels, err = run.Sample(len(kinds), drawing(kinds, spots, 2))
		if err != nil {
			return fail(err)
		}
		readback, err := readBack(set, pixels, kinds, spots)
		if err != nil {
			return fail(err)
		}
		told := pixelcnn.Told{Map: pixelcnn.Near(set.Spots.Test, set.Height, set.Width)}
		for _, label := range set.Test.Labels {
			told.Classes = append(told.Classes, int32(label))
		}
		cost, err := run.Cost(set.Test, told)
		if err != nil {
			return fail(err)
		}
		measured := append(readback, inBits(cost, set, "PixelCNN in colour, told kind and place", fmt.Sprintf("%d steps of %d; the grain alone has %.3f", run.Steps, run.Recipe.Batch, set.Floor)))
		return grid, score.Beside(nil, measured), nil
	},
}

// readBack is how many drawings a linear classifier of real scenes takes for the kind that was asked for, and in how many the thing that stands out
// most is within a tenth of the side from where it was asked for; and the same of test scenes.
func readBack(set data.PictureSet, pixels []float32, kinds []int32, spots []data.Spot) ([]score.Measured, error) {
	size := set.Height * set.Width * 3
	known, test := set.Train.First(3000), set.Test
	probe, err := score.Probe(known.Floats(), size, known.Labels, test.Floats(), test.Labels)
	if err != nil {
		return nil, err
	}
	right := 0
	for i, kind := range probe.Classifier.Predict(pixels) {
		if int32(kind) == kinds[i] {
			right++
		}
	}
	found := func(pixels []float32, at []data.Spot) int {
		n := 0
		for i, spot := range data.FindBall(pixels, set.Height, set.Width) {
			if math.Hypot(float64(spot.Row-at[i].Row), float64(spot.Col-at[i].Col)) < 0.1 {
				n++
			}
		}
		return n
	}
	share := func(what string, n, of int, note string) score.Measured {
		p := float64(n) / float64(of)
		return score.Measured{What: what, On: set.Title(), Unit: "%", Value: 100 * p, StdErr: 100 * math.Sqrt(p*(1-p)/float64(of)), Note: note}
	}
	chance := "chance would be " + fmt.Sprintf("%.1f %%", 100/float64(len(set.Classes)))
	real := test.First(256)
	return []score.Measured{
		share("samples read as their kind by a linear probe", right, len(kinds), chance),
		share("test scenes read as their kind by it", int(math.Round(probe.Accuracy*float64(test.N))), test.N, ""),
		share("samples whose ball is found where it was asked for", found(pixels, spots), len(spots), "within a tenth of the side"),
		share("test scenes whose ball is found where it is", found(real.Floats(), set.Spots.Test[:real.N]), real.N, "the finder's own limit"),
	}, nil
}

var pixelcnnTable = Entry{
	ID: "pixelcnn-nll-table", Part: autoregressive,
	Caption: "What pictures cost the PixelCNNs of the papers, and ours, which are smaller and trained for minutes on two cores.",
	Cards:   "PixelCNN, Gated PixelCNN",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		const mnist, cifar, imagenet32, imagenet64 = "static binarised MNIST 28×28", "CIFAR-10 32×32", "ImageNet 32×32", "ImageNet 64×64"
		const first, gated = "van den Oord et al. 2016a", "van den Oord et al. 2016b"
		published := []score.Published{
			{What: "PixelCNN", On: mnist, Unit: "nats", Value: 81.30, Source: first, Tolerance: 0.5, Better: score.Lower},
			{What: "Gated PixelCNN", On: mnist, Unit: "nats", Value: 81.6, Source: "Graves et al. 2018", Tolerance: 0.5, Better: score.Lower},
			{What: "PixelCNN in colour", On: cifar, Unit: "bits/dim", Value: 3.14, Source: first, Tolerance: 0.02, Better: score.Lower},
			{What: "Gated PixelCNN in colour", On: cifar, Unit: "bits/dim", Value: 3.03, Source: gated, Tolerance: 0.02, Better: score.Lower},
			{What: "Gated PixelCNN in colour", On: imagenet32, Unit: "bits/dim", Value: 3.83, Source: gated, Tolerance: 0.02, Better: score.Lower},
			{What: "Gated PixelCNN in colour", On: imagenet64, Unit: "bits/dim", Value: 3.57, Source: gated, Tolerance: 0.02, Better: score.Lower},
		}
		measured, err := d.binaryCosts()
		if err != nil {
			return fail(err)
		}
		set, err := d.photographs()
		if err != nil {
			return fail(err)
		}
		run, err := d.coloured(asInColour, set)
		if err != nil {
			return fail(err)
		}
		cost, err := run.Cost(set.Test, pixelcnn.Told{})
		if err != nil {
			return fail(err)
		}
		net := run.Recipe.Net
		measured = append(measured, inBits(cost, set, "Gated PixelCNN in colour", fmt.Sprintf("%d images to learn from, not 50,000; %d steps of %d; %d features in %d layers, not 384 in 20; %d logistics",
			set.Train.N, run.Steps, run.Recipe.Batch, net.Channels*net.Colours, net.Layers, net.Logistics)))
		comparison := score.Beside(published, measured)
		slices.SortStableFunc(comparison.Groups, func(a, b score.Group) int { return cmp.Compare(kindOfPictures(a.On), kindOfPictures(b.On)) })
		return besideTable(comparison), comparison, nil
	},
}

// kindOfPictures puts digits before photographs, and small sets of these before large ones.
func kindOfPictures(on string) int {
	return slices.IndexFunc([]string{"MNIST", "CIFAR", ""}, func(name string) bool { return strings.Contains(on, name) })
}

//go:embed ledger.json
var ledgerText []byte

// binaryCosts is what the models of binary digits cost: as the figure of samples measured it at this preset, or else measured here.
func (d *desk) binaryCosts() ([]score.Measured, error) {
	var records []Record
	if err := json.Unmarshal(ledgerText, &records); err != nil {
		return nil, fmt.Errorf("reading the ledger: %w", err)
	}
	var measured []score.Measured
	for _, r := range records {
		for _, l := range r.Rows {
			if r.ID == generativeSamples.ID && r.Preset == d.preset && l.Measured != nil && slices.Contains([]string{"PixelCNN", "Gated PixelCNN"}, l.What) {
				measured = append(measured, score.Measured{What: l.What, On: l.Data, Unit: l.Unit, Value: l.Measured.Value, StdErr: l.Measured.StdErr, Note: l.Note + ", as in the figure of samples"})
			}
		}
	}
	if len(measured) > 0 {
		return measured, nil
	}
	digits, err := d.binarized()
	if err != nil {
		return nil, err
	}
	for _, m := range []struct {
		name   string
		change func(pixelcnn.Recipe) pixelcnn.Recipe
	}{{"PixelCNN", pixelcnn.Recipe.WithPlain}, {"Gated PixelCNN", asIs}} {
		run, err := d.pixelcnn(m.change, digits)
		if err != nil {
			return nil, err
		}
		cost, err := score.Nats(run.Backend, run.Store, run.LogProb, d.tested(digits.Test, 2000), 200)
		if err != nil {
			return nil, err
		}
		cost.Title = digits.Title()
		measured = append(measured, cost.As(m.name, fmt.Sprintf("%d steps of %d images", run.Steps, run.Recipe.Batch)))
	}
	return measured, nil
}

// besideTable is a comparison as a picture.
func besideTable(c score.Comparison) show.Table {
	t := show.Table{Cols: []show.Col{{Name: "model"}, {Name: "pictures"}, {Name: "unit"}, {Name: "published", Align: show.Right}, {Name: "ours", Align: show.Right}, {Name: "what differs"}}}
	for _, g := range c.Groups {
		for _, r := range g.Rows {
			row := []any{r.What, g.On, g.Unit, nil, nil, nil}
			if p := r.Published; p != nil {
				row[3] = fmt.Sprintf("%.2f", p.Value)
			}
			if m := r.Measured; m != nil {
				row[4] = fmt.Sprintf("%.2f ± %.2f", m.Value, m.StdErr)
				row[5] = m.Note
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}
