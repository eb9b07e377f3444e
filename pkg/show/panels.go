package show

import (
	"bytes"
	"cmp"
	"fmt"
	"image"
	"image/draw"
	"image/png"
)

// Panels are several figures in one picture, side by side or one below the other. Make one with [Row] or [Column].
type Panels struct {
	Title   string
	Figures []Figure
	Stack   bool // one below the other
}

// Row puts figures side by side; those without a width of their own share the page's.
func Row(figs ...Figure) Panels { return Panels{Figures: figs} }

// Column puts figures one below the other.
func Column(figs ...Figure) Panels { return Panels{Figures: figs, Stack: true} }

// fitter is a figure that can be told how much room it has.
type fitter interface{ fit(width float64) Figure }

func (f Grid) fit(w float64) Figure      { f.Width = cmp.Or(f.Width, w); return f }
func (f Curves) fit(w float64) Figure    { f.Width = cmp.Or(f.Width, w); return f }
func (f Stacked) fit(w float64) Figure   { f.Width = cmp.Or(f.Width, w); return f }
func (f Histogram) fit(w float64) Figure { f.Width = cmp.Or(f.Width, w); return f }
func (f Bars) fit(w float64) Figure      { f.Width = cmp.Or(f.Width, w); return f }
func (f Scatter) fit(w float64) Figure   { f.Width = cmp.Or(f.Width, w); return f }
func (f Heat) fit(w float64) Figure      { f.Width = cmp.Or(f.Width, w); return f }

func (f Panels) fit(w float64) Figure {
	figs := make([]Figure, len(f.Figures))
	if !f.Stack && len(figs) > 0 {
		w /= float64(len(figs))
	}
	for i, fig := range f.Figures {
		figs[i] = fig
		if s, ok := fig.(fitter); ok {
			figs[i] = s.fit(w)
		}
	}
	f.Figures = figs
	return f
}

func (f Panels) String() string {
	s := fmt.Sprintf("[%s%d panels:", named(f.Title), len(f.Figures))
	for _, fig := range f.Figures {
		s += " " + describe(fig)
	}
	return s + "]"
}

// PNG draws the panels.
func (f Panels) PNG() ([]byte, error) { return render(f) }

func (f Panels) draw() (*canvas, error) {
	if len(f.Figures) == 0 {
		return nil, fmt.Errorf("show: drawing panels%s: there are no figures", inQuotes(f.Title))
	}
	f = f.fit(figWidth).(Panels)
	drawn := make([]*canvas, len(f.Figures))
	wide, high := 0, 0
	for i, fig := range f.Figures {
		c, err := sheet(fig)
		if err != nil {
			return nil, fmt.Errorf("show: drawing panels%s: panel %d: %w", inQuotes(f.Title), i, err)
		}
		drawn[i] = c
		size := c.img.Bounds().Size()
		if f.Stack {
			wide, high = max(wide, size.X), high+size.Y
		} else {
			wide, high = wide+size.X, max(high, size.Y)
		}
	}
	top := 0.0
	if f.Title != "" {
		top = margin + titleHeight - 8
		wide = max(wide, int((ruler{}.measure(f.Title, titleType)+2*margin)*density))
	}
	c, err := newCanvas(float64(wide)/density, top+float64(high)/density)
	if err != nil {
		return nil, fmt.Errorf("show: drawing panels%s: %w", inQuotes(f.Title), err)
	}
	c.head(f.Title, nil)
	at := image.Pt(0, device(top))
	for _, part := range drawn {
		draw.Draw(c.img, part.img.Bounds().Add(at), part.img, image.Point{}, draw.Src)
		for _, colour := range part.kept.keys {
			if colour != 0 {
				c.kept.slot(colour)
			}
		}
		if f.Stack {
			at.Y += part.img.Bounds().Dy()
		} else {
			at.X += part.img.Bounds().Dx()
		}
	}
	return c, nil
}

// sheet is a figure drawn, or decoded.
func sheet(fig Figure) (*canvas, error) {
	if fig == nil {
		return nil, fmt.Errorf("it is nil")
	}
	if d, ok := fig.(drawer); ok {
		return d.draw()
	}
	data, err := fig.PNG()
	if err != nil {
		return nil, err
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	size := img.Bounds().Size()
	c, err := newCanvas(float64(size.X)/density, float64(size.Y)/density)
	if err != nil {
		return nil, err
	}
	c.picture(img, 0, 0, 1)
	return c, nil
}
