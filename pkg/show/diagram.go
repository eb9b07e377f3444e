package show

import (
	"cmp"
	"fmt"
	"image"
	"math"
)

// Diagram is boxes joined by arrows: an architecture, the way of a message, a plan. Boxes stand on a grid, column 0 at the left and row 0 at the top;
// halves and negative places are allowed. A box is as large as its text unless told otherwise, and two boxes never overlap.
//
// In all its texts x_{t−1} and 10^{6} set signs low and high.
type Diagram struct {
	Title  string
	Boxes  []Box
	Arrows []Arrow
	Groups []Group
	Note   string  // below the diagram [none]
	StepX  float64 // shown pixels from a column to the next [what fills the width]
	StepY  float64 // shown pixels from a row to the next [the tallest box and room for an arrow]
	Width  float64 // shown pixels [700]
}

// Box is a box of a diagram, its middle at Col, Row.
type Box struct {
	Name       string // for arrows and groups [Title, or Text if there is none]
	Title      string // in bold
	Text       string // below the title; lines break at \n and where the box ends
	Col, Row   float64
	Wide, High float64     // in columns and rows, a gap to the neighbours left free [as large as the content]
	Hue        int         // of the frame and the ground, an index into [Palette]
	Form       Form        // [Filled]
	Left       bool        // lines begin at the left [centred]
	Picture    image.Image // below the text [none]
	Scale      int         // device pixels of a pixel of the picture [what makes it about 56 shown pixels high]
}

// Form is how a box is drawn.
type Form int

// Forms of a box.
const (
	Filled   Form = iota // framed, on a ground of its hue
	Outlined             // framed
	Bare                 // the text or picture alone
)

// Arrow leads from one box to another, or, as a loop, back to its own: a step of recurrence. Straight, unless it goes Via places on the grid.
type Arrow struct {
	From, To string       // names of boxes
	Text     string       // beside it [none]
	Via      [][2]float64 // column and row of each corner on the way
	Dashed   bool
	Plain    bool // a line without a head
	Hue      int  // index into [Palette], counted from 1; 0 is grey
}

// Group is a dashed outline around boxes.
type Group struct {
	Title string
	Boxes []string // their names
}

func (f Diagram) String() string {
	return fmt.Sprintf("[%sdiagram: %d boxes, %d arrows]", named(f.Title), len(f.Boxes), len(f.Arrows))
}

// PNG draws the diagram.
func (f Diagram) PNG() ([]byte, error) { return render(f) }

func (f Diagram) fit(w float64) Figure { f.Width = cmp.Or(f.Width, w); return f }

func (f Diagram) draw() (*canvas, error) {
	c, err := f.drawBoxes()
	if err != nil {
		return nil, fmt.Errorf("show: drawing a diagram%s: %w", inQuotes(f.Title), err)
	}
	return c, nil
}

func (b Box) name() string { return cmp.Or(b.Name, b.Title, b.Text) }

// placed is a box with its lines and its place in shown pixels.
type placed struct {
	Box
	titles, lines []string
	picture       point // its size
	scale         int
	box
}

const (
	boxPad   = 9.0  // from a box's frame to its text
	boxGap   = 16.0 // between boxes that fill their cells
	arrowGap = 34.0 // between rows, for an arrow with a text
	groupPad = 11.0
	corner   = 6.0
)

func (f Diagram) check() error {
	if len(f.Boxes) == 0 {
		return fmt.Errorf("there are no boxes")
	}
	known := map[string]bool{}
	for i, b := range f.Boxes {
		switch {
		case b.name() == "" && b.Picture == nil:
			return fmt.Errorf("box %d is empty: give it a title, a text or a picture", i)
		case known[b.name()] && b.name() != "":
			return fmt.Errorf("two boxes are called %q: give one another Name", b.name())
		case finite("its place", []float64{b.Col, b.Row, b.Wide, b.High}) != nil || max(math.Abs(b.Col), math.Abs(b.Row), b.Wide, b.High) > 1000 || b.Wide < 0 || b.High < 0:
			return fmt.Errorf("box %d%s: place %v, %v and size %v × %v: give numbers of columns and rows", i, inQuotes(b.name()), b.Col, b.Row, b.Wide, b.High)
		case b.Hue < 0 || b.Scale < 0:
			return fmt.Errorf("box %d%s: Hue %d and Scale %d must not be negative", i, inQuotes(b.name()), b.Hue, b.Scale)
		case b.Picture != nil && b.Picture.Bounds().Empty():
			return fmt.Errorf("box %d%s: its picture has no pixels", i, inQuotes(b.name()))
		}
		known[b.name()] = true
	}
	unknown := func(name string) error {
		if known[name] {
			return nil
		}
		return fmt.Errorf("there is no box %q: names are those of Name, else Title", name)
	}
	for i, a := range f.Arrows {
		for _, name := range []string{a.From, a.To} {
			if err := unknown(name); err != nil {
				return fmt.Errorf("arrow %d: %w", i, err)
			}
		}
		if a.Hue < 0 {
			return fmt.Errorf("arrow %d: Hue %d must not be negative", i, a.Hue)
		}
		for _, v := range a.Via {
			if finite("", v[:]) != nil || max(math.Abs(v[0]), math.Abs(v[1])) > 1000 {
				return fmt.Errorf("arrow %d: it goes via %v", i, v)
			}
		}
	}
	for i, g := range f.Groups {
		if len(g.Boxes) == 0 {
			return fmt.Errorf("group %d%s has no boxes", i, inQuotes(g.Title))
		}
		for _, name := range g.Boxes {
			if err := unknown(name); err != nil {
				return fmt.Errorf("group %d%s: %w", i, inQuotes(g.Title), err)
			}
		}
	}
	return nil
}

// layout is where everything of a diagram goes, in shown pixels from the grid's origin.
type layout struct {
	boxes    []placed
	outlines []box     // of the groups
	paths    [][]point // of the arrows
	all      box       // around it all
}

func (f Diagram) drawBoxes() (*canvas, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	width := cmp.Or(f.Width, figWidth)
	r := ruler{}
	l, err := f.layOut(r, width)
	if err != nil {
		return nil, err
	}
	width = max(width, l.all.right-l.all.left+2*margin)
	scrap, err := newCanvas(width, 200)
	if err != nil {
		return nil, err
	}
	top := scrap.head(f.Title, nil)
	if f.Title != "" {
		top += 6
	}
	notes := r.wrapRich(f.Note, tickType, width-2*margin)
	below := 0.0
	if len(notes) > 0 {
		below = 8 + lineHeight*float64(len(notes))
	}
	c, err := newCanvas(width, top+l.all.bottom-l.all.top+below+margin)
	if err != nil {
		return nil, err
	}
	c.head(f.Title, nil)
	move := point{(width-(l.all.right-l.all.left))/2 - l.all.left, top - l.all.top}
	for i, o := range l.outlines {
		o = o.moved(move)
		c.line(append(rounded(o, corner), point{o.left, o.top + corner}), 1, []float64{4, 4}, c.whole(), pencil)
		c.textRich(o.left+groupPad, o.top+15, f.Groups[i].Title, boldType, atLeft, pencil, false)
	}
	for i, a := range f.Arrows {
		c.arrow(a, shift(l.paths[i], move))
	}
	for _, b := range l.boxes {
		b.box = b.moved(move)
		c.box(b)
	}
	for i, a := range f.Arrows {
		c.arrowText(a.Text, shift(l.paths[i], move))
	}
	for i, s := range notes {
		c.textRich(margin, c.height()-margin-lineHeight*float64(len(notes)-1-i), s, tickType, atLeft, pencil, false)
	}
	return c, nil
}

// layOut sizes the boxes by their texts, steps the grid so that they fit, and finds the ways of the arrows.
func (f Diagram) layOut(r ruler, width float64) (layout, error) {
	first, last := math.Inf(1), math.Inf(-1)
	for _, b := range f.Boxes {
		half := max(1, b.Wide) / 2
		first, last = min(first, b.Col-half), max(last, b.Col+half)
	}
	side := margin
	if len(f.Groups) > 0 {
		side += groupPad - boxGap/2
	}
	stepX := cmp.Or(f.StepX, (width-2*side)/(last-first))
	if !(stepX >= 24) || stepX > 1e4 {
		return layout{}, fmt.Errorf("%.0f columns leave %.0f pixels for each: make it wider, or use fewer", last-first, stepX)
	}
	l := layout{boxes: make([]placed, len(f.Boxes)), all: nowhere}
	tallest := 0.0
	for i, b := range f.Boxes {
		l.boxes[i] = r.lay(b, stepX)
		if b.High == 0 {
			tallest = max(tallest, l.boxes[i].bottom)
		}
	}
	stepY := cmp.Or(f.StepY, max(40, tallest+arrowGap))
	if !(stepY > 0) || stepY > 1e4 {
		return layout{}, fmt.Errorf("a step of %v pixels from row to row", stepY)
	}
	at := func(col, row float64) point { return point{col * stepX, row * stepY} }
	places := map[string]box{}
	for i := range l.boxes {
		b := &l.boxes[i]
		w, h := b.right, b.bottom
		if b.High > 0 {
			h = max(h, b.High*stepY-boxGap)
		}
		p := at(b.Col, b.Row)
		b.box = box{p.x - w/2, p.y - h/2, p.x + w/2, p.y + h/2}
		for _, other := range l.boxes[:i] {
			if b.left < other.right-1 && other.left < b.right-1 && b.top < other.bottom-1 && other.top < b.bottom-1 {
				return layout{}, fmt.Errorf("the boxes %q and %q overlap: move them apart, or make the steps larger", other.name(), b.name())
			}
		}
		l.all = l.all.around(b.box)
		places[b.name()] = b.box
	}
	for _, g := range f.Groups {
		o := nowhere
		for _, name := range g.Boxes {
			o = o.around(places[name])
		}
		o = box{o.left - groupPad, o.top - groupPad, o.right + groupPad, o.bottom + groupPad}
		if g.Title != "" {
			o.top -= 15
		}
		l.outlines, l.all = append(l.outlines, o), l.all.around(o)
	}
	for _, a := range f.Arrows {
		var via []point
		for _, v := range a.Via {
			via = append(via, at(v[0], v[1]))
		}
		path := route(places[a.From], places[a.To], via, a.From == a.To)
		l.paths = append(l.paths, path)
		for _, p := range path {
			l.all = l.all.around(box{p.x, p.y, p.x, p.y})
		}
	}
	return l, nil
}

// lay breaks a box's text into lines and sizes it: right and bottom become its width and height.
func (r ruler) lay(b Box, stepX float64) placed {
	p := placed{Box: b}
	limit := max(1, b.Wide)*stepX - boxGap
	pad := 2 * boxPad
	if b.Form == Bare {
		pad = 6
	}
	p.titles, p.lines = r.wrapRich(b.Title, boldType, limit-pad), r.wrapRich(b.Text, labelType, limit-pad)
	w := 0.0
	for _, s := range p.titles {
		w = max(w, r.measureRich(s, boldType))
	}
	for _, s := range p.lines {
		w = max(w, r.measureRich(s, labelType))
	}
	h := lineHeight * float64(len(p.titles)+len(p.lines))
	if b.Picture != nil {
		size := b.Picture.Bounds().Size()
		p.scale = cmp.Or(b.Scale, max(1, 56*density/size.Y))
		p.picture = point{float64(size.X*p.scale) / density, float64(size.Y*p.scale) / density}
		w = max(w, p.picture.x)
		if h > 0 {
			h += 4
		}
		h += p.picture.y
	}
	p.right, p.bottom = w+pad, h+pad*0.8
	if b.Wide > 0 {
		p.right = max(p.right, limit)
	}
	return p
}

// box draws a box and what is in it.
func (c *canvas) box(b placed) {
	col := hue(b.Hue)
	if b.Form != Bare {
		ground := paper
		if b.Form == Filled {
			ground = mix(col, paper, 0.86)
		}
		c.keep(ground)
		edge := rounded(b.box, corner)
		c.fill(edge, c.whole(), ground)
		c.line(append(edge, edge[0]), 1.25, nil, c.whole(), col)
	}
	h := lineHeight * float64(len(b.titles)+len(b.lines))
	if b.Picture != nil {
		if h > 0 {
			h += 4
		}
		h += b.picture.y
	}
	x, a := (b.left+b.right)/2, atCentre
	if b.Left {
		x, a = b.left+boxPad, atLeft
		if b.Form == Bare {
			x = b.left + 3
		}
	}
	y := (b.top+b.bottom-h)/2 + lineHeight - 3.5
	for _, s := range b.titles {
		c.textRich(x, y, s, boldType, a, ink, b.Form == Bare)
		y += lineHeight
	}
	for _, s := range b.lines {
		c.textRich(x, y, s, labelType, a, ink, b.Form == Bare)
		y += lineHeight
	}
	if b.Picture != nil {
		y -= lineHeight - 3.5
		if len(b.titles)+len(b.lines) > 0 {
			y += 4
		}
		c.picture(b.Picture, (b.left+b.right-b.picture.x)/2, y, b.scale)
	}
}
