package figures

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"slices"

	"github.com/curious-go/curious/pkg/autoregressive/video"
	"github.com/curious-go/curious/pkg/data"
	"github.com/curious-go/curious/pkg/score"
	"github.com/curious-go/curious/pkg/show"
)

// video opens the run of a recipe on clips, or trains it.
func (d *desk) video(change func(video.Recipe) video.Recipe, clips data.Video) (*video.Run, error) {
	return fitted(d, video.Preset, func(r video.Recipe) (*video.Run, error) { return change(r).Fit(clips) })
}

// The four runs that the figures share: the network and its baseline, on sprites and on grey digits.
var (
	onSprites         = func(r video.Recipe) video.Recipe { return r }
	onSpritesBaseline = video.Recipe.WithBaseline
	onDigits          = video.Recipe.WithDigits
	onDigitsBaseline  = func(r video.Recipe) video.Recipe { return r.WithDigits().WithBaseline() }
)

// sprites are the clips of the preset: slow ones in 6 frames of 12×12 at quick, as the notebook has them, else 8 of 16×16.
func (d *desk) sprites() (data.Video, error) {
	if d.preset == "quick" {
		return data.BouncingSprites(data.Bouncing{Frames: 6, Height: 12, Width: 12, Speed: 1})
	}
	return data.BouncingSprites(data.Bouncing{})
}

var videoArchitecture = Entry{
	ID: "vpn-architecture", Part: autoregressive, Diagram: true,
	Caption: "The Video Pixel Network: encoders look at each frame at full resolution, an LSTM whose state is a map remembers, and a masked decoder writes the next frame; drawn from the preset's model.",
	Cards:   "Video Pixel Network",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		recipe, err := video.Preset(d.preset)
		if err != nil {
			return fail(err)
		}
		sprites, err := d.sprites()
		if err != nil {
			return fail(err)
		}
		clips, err := sprites.Test.Clips(0, 1)
		if err != nil {
			return fail(err)
		}
		fig, err := recipe.Model.Diagram(clips)
		return fig, score.Comparison{}, err
	},
}

const (
	movingMNIST  = "Moving MNIST, two grey digits of 28×28, frames 10 to 19 of 64×64"
	natsPerFrame = "nats/frame"
	videoName    = "Video Pixel Network"
	baselineName = "baseline, pixels of a frame independent"
	copyName     = "copy the last frame"
	floorName    = "floor, H(z,z)"
)

// publishedVideo is what a frame of Moving MNIST costs, after ten that are given, as Kalchbrenner et al. 2017 collected it.
func publishedVideo() []score.Published {
	row := func(what string, nats float64, source string) score.Published {
		return score.Published{What: what, On: movingMNIST, Unit: natsPerFrame, Value: nats, Source: source, Tolerance: 0.5, Better: score.Lower}
	}
	const vpn = "Kalchbrenner et al. 2017, table 1"
	rows := []score.Published{
		row("Shi et al. 2015", 367.2, "Shi et al. 2015"),
		row("Srivastava et al. 2015", 341.2, "Srivastava et al. 2015"),
		row("De Brabandere et al. 2016", 285.2, "De Brabandere et al. 2016"),
		row("Patraucean et al. 2015", 179.8, "Patraucean et al. 2015"),
		row(baselineName, 110.1, vpn), row(videoName, 87.6, vpn), row(floorName, 86.3, vpn),
	}
	rows[len(rows)-1].Better = score.Same
	return rows
}

// movingFloor is H(z,z) of Moving MNIST's last ten frames: n test clips, made anew from the digits.
func movingFloor(n int) (score.Measured, error) {
	digits, err := data.BouncingDigits(data.Bouncing{Frames: 20, Height: 64, Width: 64, Each: 2, Smooth: true}, data.Grey, 28)
	if err != nil {
		return score.Measured{}, err
	}
	var sum, squares float64
	for i := range n {
		clip, err := digits.Test.Clips(i, 1)
		if err != nil {
			return score.Measured{}, err
		}
		h := average(clip.GreyEntropy()[10:])
		sum, squares = sum+h, squares+h*h
	}
	mean := sum / float64(n)
	m := score.Measured{
		What: floorName, On: movingMNIST, Unit: natsPerFrame, Value: mean,
		StdErr: math.Sqrt((squares/float64(n) - mean*mean) / float64(n)), Note: fmt.Sprintf("%d clips of two digits, the brighter pixel seen", n),
	}
	if !digits.Real {
		m.On = digits.Title()
	}
	return m, nil
}

func average(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v / float64(len(values))
	}
	return sum
}

// filmed is both models' cost on test clips, beside the yardstick's and the floor: of the frames from number `from` on.
func (d *desk) filmed(clips data.Video, from int, network, baseline func(video.Recipe) video.Recipe) ([]score.Measured, error) {
	test, err := clips.Test.Clips(0, 512)
	if err != nil {
		return nil, err
	}
	counted, err := clips.Train.Clips(0, 1000)
	if err != nil {
		return nil, err
	}
	table, err := video.NewCopyLast(counted)
	if err != nil {
		return nil, err
	}
	floor, least := test.GreyEntropy(), floorName
	if test.Levels == 2 {
		least = "floor, the clips' entropy"
		if floor, err = clips.Test.Floor(); err != nil {
			return nil, err
		}
	}
	on := fmt.Sprintf("%s, frames %d to %d", clips.Title(), from, test.T-1)
	row := func(what string, nats float64) score.Measured {
		return score.Measured{What: what, On: on, Unit: natsPerFrame, Value: nats}
	}
	rows := []score.Measured{row(copyName, average(table.FrameNats(test)[from:]))}
	for _, m := range []struct {
		name   string
		change func(video.Recipe) video.Recipe
	}{{baselineName, baseline}, {videoName, network}} {
		run, err := d.video(m.change, clips)
		if err != nil {
			return nil, err
		}
		after, err := run.Given(from)
		if err != nil {
			return nil, err
		}
		cost, err := after.Nats(test)
		if err != nil {
			return nil, err
		}
		r := row(m.name, cost.Mean)
		r.StdErr, r.Note = cost.StdErr, fmt.Sprintf("%d steps of %d clips", run.Steps, run.Recipe.Batch)
		rows = append(rows, r)
	}
	return append(rows, row(least, average(floor[from:]))), nil
}

var videoTable = Entry{
	ID: "vpn-moving-mnist-table", Part: autoregressive,
	Caption: "What a frame costs when those before it are known: published numbers on Moving MNIST with their floor measured anew, and our models on smaller clips with theirs.",
	Cards:   "Video Pixel Network",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		many := 10_000
		if d.preset == "quick" {
			many = 2000
		}
		moving, err := movingFloor(many)
		if err != nil {
			return fail(err)
		}
		digits, err := video.Digits()
		if err != nil {
			return fail(err)
		}
		grey, err := d.filmed(digits, 4, onDigits, onDigitsBaseline)
		if err != nil {
			return fail(err)
		}
		sprites, err := d.sprites()
		if err != nil {
			return fail(err)
		}
		binary, err := d.filmed(sprites, 2, onSprites, onSpritesBaseline)
		if err != nil {
			return fail(err)
		}
		comparison := score.Beside(publishedVideo(), slices.Concat([]score.Measured{moving}, grey, binary))
		return videoRows(comparison), comparison, nil
	},
}

// videoRows is the comparison as a table, each group under the name of its clips, with the distance to its floor.
func videoRows(c score.Comparison) show.Figure {
	table := show.Table{
		Title: "Nats a frame, those before it known",
		Cols:  []show.Col{{Name: ""}, {Name: "published", Format: "%.1f"}, {Name: "measured", Format: "%.2f"}, {Name: "above the floor", Format: "%.2f"}},
	}
	value := func(r score.Row) (published, measured any, number float64) {
		if r.Published != nil {
			published, number = r.Published.Value, r.Published.Value
		}
		if r.Measured != nil {
			measured, number = r.Measured.Value, r.Measured.Value
		}
		return published, measured, number
	}
	for _, g := range c.Groups {
		table.Bold = append(table.Bold, len(table.Rows))
		table.Rows = append(table.Rows, []any{g.On, "", "", ""})
		_, _, floor := value(g.Rows[len(g.Rows)-1])
		if p := g.Rows[len(g.Rows)-1].Published; p != nil {
			floor = p.Value // the published rows stand on the published floor
		}
		for i, r := range g.Rows {
			published, measured, number := value(r)
			row := []any{r.What, published, measured, number - floor}
			if i == len(g.Rows)-1 {
				row[3] = nil
			}
			table.Rows = append(table.Rows, row)
		}
	}
	return table
}

var videoSamples = Entry{
	ID: "vpn-samples", Part: autoregressive,
	Caption: "Clips go on from the frames that are given (blue): as they really did, as the network draws them, and as the baseline does, whose pixels do not agree on one future.",
	Cards:   "Video Pixel Network",
	draw: func(d *desk) (show.Figure, score.Comparison, error) {
		fail := func(err error) (show.Figure, score.Comparison, error) { return nil, score.Comparison{}, err }
		sprites, err := d.sprites()
		if err != nil {
			return fail(err)
		}
		digits, err := video.Digits()
		if err != nil {
			return fail(err)
		}
		films := map[string]data.Video{"sprites": sprites, "digits": digits}
		runs := map[string][]*video.Run{}
		for _, r := range []struct {
			on     string
			change func(video.Recipe) video.Recipe
		}{{"sprites", onSprites}, {"sprites", onSpritesBaseline}, {"digits", onDigits}, {"digits", onDigitsBaseline}} {
			run, err := d.video(r.change, films[r.on])
			if err != nil {
				return fail(err)
			}
			runs[r.on] = append(runs[r.on], run)
		}
		var strips []show.Figure
		var measured []score.Measured
		for _, s := range []struct {
			on, what     string
			given, shown int // frames that are given, and clips that are shown
		}{
			{"sprites", "sprites, one frame given: the motion is open", 1, 3},
			{"sprites", "sprites, two frames given: all is settled", 2, 3},
			{"digits", "grey digits, four frames given", 4, 2},
		} {
			clips, err := films[s.on].Test.Clips(0, 128)
			if err != nil {
				return fail(err)
			}
			rows, names := []data.Clips{clips}, []string{"as it went on", "network", "baseline"}
			for i, run := range runs[s.on] {
				drawn, err := run.Sample(clips.First(s.given), clips.T, video.Drawing{Seed: 1})
				if err != nil {
					return fail(err)
				}
				rows = append(rows, drawn)
				if s.given == 2 {
					m := exact(names[1+i], clips, drawn, films[s.on].Title())
					measured = append(measured, m)
					s.what += fmt.Sprintf("; %.0f %% of the %s's clips without a wrong pixel", m.Value, m.What)
				}
			}
			grid := show.Grid{Title: s.what, Columns: clips.T}
			for i := range s.shown {
				for k, name := range names {
					grid.RowTitles = append(grid.RowTitles, name)
					for t, frame := range rows[k].Range(i, i+1).Pictures() {
						if t < s.given {
							frame = blued(frame)
						}
						grid.Images = append(grid.Images, frame)
					}
				}
			}
			strips = append(strips, grid)
		}
		return show.Column(strips...), score.Beside(nil, measured), nil
	},
}

// exact is how many clips were drawn just as they went on, in per cent.
func exact(name string, clips, drawn data.Clips, title string) score.Measured {
	share := 0.0
	for i := range clips.N {
		if slices.Equal(clips.At(i), drawn.At(i)) {
			share += 1 / float64(clips.N)
		}
	}
	return score.Measured{
		What: name, On: title + ", clips continued from two frames without a wrong pixel", Unit: "%",
		Value: 100 * share, StdErr: 100 * math.Sqrt(share*(1-share)/float64(clips.N)), Note: fmt.Sprintf("%d test clips", clips.N),
	}
}

// blued is a grey picture on light blue instead of white.
func blued(img image.Image) image.Image {
	b := img.Bounds()
	out := image.NewRGBA(b)
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			v := color.GrayModel.Convert(img.At(x, y)).(color.Gray).Y
			part := func(white int) uint8 { return uint8(int(v) * white / 255) }
			out.SetRGBA(x, y, color.RGBA{part(0xbf), part(0xdc), part(0xf2), 0xff})
		}
	}
	return out
}
