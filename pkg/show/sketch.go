package show

import (
	"cmp"
	"fmt"
	"image/color"
)

// Sketch is a drawing of shapes and words at places given in shown pixels from the top left, below the title: for what no other figure draws.
// Where boxes and arrows will do, take a [Diagram].
type Sketch struct {
	Title         string
	Width, Height float64 // shown pixels, without the title [700, 380]
	Shapes        []Shape // drawn in this order
}

// Shape is a [Polygon] or [Words].
type Shape interface {
	check() error
	onto(c *canvas, down float64)
}

// Polygon is a filled outline, or, when Open, a line through its points.
type Polygon struct {
	Points [][2]float64
	Fill   color.Color // [none]
	Edge   color.Color // [none]
	Thick  float64     // of the edge [1.5]
	Open   bool        // the last point is not joined to the first
	Dashed bool
}

// Words is a text with its first baseline at Y; x_{t} and 10^{6} set signs low and high.
type Words struct {
	X, Y  float64
	Text  string
	Size  float64     // [12.5]
	Bold  bool        //
	Align Align       // which part of the text stands at X [Left]
	Wrap  float64     // widest line [lines break only at \n]
	Ink   color.Color // [that of text]
}

func (f Sketch) String() string {
	return fmt.Sprintf("[%sdrawing: %d shapes]", named(f.Title), len(f.Shapes))
}

// PNG draws the sketch.
func (f Sketch) PNG() ([]byte, error) { return render(f) }

func (f Sketch) draw() (*canvas, error) {
	fail := func(err error) (*canvas, error) {
		return nil, fmt.Errorf("show: drawing a sketch%s: %w", inQuotes(f.Title), err)
	}
	if len(f.Shapes) == 0 {
		return fail(fmt.Errorf("there are no shapes"))
	}
	for i, s := range f.Shapes {
		if s == nil {
			return fail(fmt.Errorf("shape %d: it is nil", i))
		}
		if err := s.check(); err != nil {
			return fail(fmt.Errorf("shape %d: %w", i, err))
		}
	}
	width, height := cmp.Or(f.Width, figWidth), cmp.Or(f.Height, figHeight)
	down := 0.0
	if f.Title != "" {
		scrap, err := newCanvas(width, 200)
		if err != nil {
			return fail(err)
		}
		down = scrap.head(f.Title, nil)
	}
	c, err := newCanvas(width, down+height)
	if err != nil {
		return fail(err)
	}
	c.head(f.Title, nil)
	for _, s := range f.Shapes {
		s.onto(c, down)
	}
	return c, nil
}

func (p Polygon) check() error {
	if len(p.Points) < 2 {
		return fmt.Errorf("a polygon of %d points", len(p.Points))
	}
	for i, q := range p.Points {
		if err := finite(fmt.Sprintf("Points[%d]", i), q[:]); err != nil {
			return err
		}
	}
	if err := finite("Thick", []float64{p.Thick}); err != nil || p.Thick < 0 {
		return fmt.Errorf("an edge %v pixels thick", p.Thick)
	}
	return nil
}

func (p Polygon) onto(c *canvas, down float64) {
	path := make([]point, len(p.Points))
	for i, q := range p.Points {
		path[i] = point{q[0], q[1] + down}
	}
	if p.Fill != nil {
		if solid, ok := p.Fill.(color.RGBA); ok {
			c.keep(solid)
		}
		c.fill(path, c.whole(), p.Fill)
	}
	if p.Edge != nil {
		if !p.Open {
			path = append(path, path[0])
		}
		var dash []float64
		if p.Dashed {
			dash = []float64{5, 5}
		}
		c.line(path, cmp.Or(p.Thick, 1.5), dash, c.whole(), p.Edge)
	}
}

func (w Words) check() error {
	if err := finite("its place", []float64{w.X, w.Y, w.Size, w.Wrap}); err != nil || w.Size < 0 || w.Wrap < 0 || w.Size > 200 {
		return fmt.Errorf("words%s at %v, %v of size %v", inQuotes(w.Text), w.X, w.Y, w.Size)
	}
	return nil
}

func (w Words) onto(c *canvas, down float64) {
	l := letter{cmp.Or(w.Size, labelType.size), w.Bold}
	col := w.Ink
	if col == nil {
		col = ink
	}
	limit := cmp.Or(w.Wrap, 1e6)
	side := map[Align]align{Centre: atCentre, Right: atRight}[w.Align]
	for i, s := range c.wrapRich(w.Text, l, limit) {
		c.textRich(w.X, w.Y+down+float64(i)*l.size*1.25, s, l, side, col, false)
	}
}
