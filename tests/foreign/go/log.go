// Reads a log's folder with Go's own packages for such logs: golang.org/x/mod/sumdb/note and tlog.
// It has no line in common with the hub; all it is given is the folder and the verifier key.

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The height of the tiles of C2SP tlog-tiles: 256 hashes.
const height = 8

// A log as its folder has it. The checkpoint is verified; files are not, before they are checked.
type folder struct {
	root string
	tree tlog.Tree
	note []byte
	// altered, if set, is applied to each file that is read, by its path in the folder.
	altered func(path string, data []byte) []byte
}

func openFolder(root, vkey string) (*folder, error) {
	text, err := os.ReadFile(filepath.Join(root, "checkpoint"))
	if err != nil {
		return nil, err
	}
	tree, err := openCheckpoint(vkey, text)
	return &folder{root: root, tree: tree, note: text}, err
}

// openCheckpoint verifies a checkpoint under the log's key, whose name must be the origin.
func openCheckpoint(vkey string, msg []byte) (tlog.Tree, error) {
	none := tlog.Tree{}
	verifier, err := note.NewVerifier(strings.TrimSpace(vkey))
	if err != nil {
		return none, err
	}
	opened, err := note.Open(msg, note.VerifierList(verifier))
	if err != nil {
		return none, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifier.Name() {
		return none, errors.New("not three lines of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || strconv.FormatInt(size, 10) != lines[1] || size < 0 {
		return none, errors.New("the size is not a plain number")
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil || len(root) != tlog.HashSize {
		return none, errors.New("the root is not a hash")
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	return tree, nil
}

// read gives a tile or bundle; in place of a partial one that was dropped, the first part of the
// full one.
func (f *folder) read(path string, part func([]byte) ([]byte, error)) ([]byte, error) {
	found := path
	data, err := os.ReadFile(filepath.Join(f.root, found))
	if at := strings.Index(path, ".p/"); errors.Is(err, os.ErrNotExist) && at >= 0 {
		found = path[:at]
		data, err = os.ReadFile(filepath.Join(f.root, found))
	}
	if err != nil {
		return nil, err
	}
	if f.altered != nil {
		data = f.altered(found, data)
	}
	if found == path {
		return data, nil
	}
	return part(data)
}

// tlog.Tile.Path has the height in it, which C2SP tlog-tiles has not.
func path(tile tlog.Tile) string {
	return strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
}

func (f *folder) Height() int { return height }

func (f *folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f *folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		width := tile.W * tlog.HashSize
		data, err := f.read(path(tile), func(full []byte) ([]byte, error) {
			if len(full) < width {
				return nil, errors.New("a full tile is short")
			}
			return full[:width], nil
		})
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func (f *folder) hashes() tlog.HashReader { return tlog.TileHashReader(f.tree, f) }

// entries gives the entries of the bundle that begins at entry first.
func (f *folder) entries(first int64) ([][]byte, error) {
	width := f.tree.N - first
	if width > 1<<height {
		width = 1 << height
	}
	// Bundles have the paths of tiles of level 0 under another name.
	tile := tlog.Tile{H: height, L: 0, N: first >> height, W: int(width)}
	name := strings.Replace(path(tile), "tile/0/", "tile/entries/", 1)
	longer := false
	data, err := f.read(name, func(full []byte) ([]byte, error) { longer = true; return full, nil })
	if err != nil {
		return nil, err
	}
	var entries [][]byte
	for int64(len(entries)) < width {
		if len(data) < 2 || len(data)-2 < int(binary.BigEndian.Uint16(data)) {
			return nil, fmt.Errorf("%s: an entry is cut off", name)
		}
		end := 2 + int(binary.BigEndian.Uint16(data))
		entries = append(entries, data[2:end])
		data = data[end:]
	}
	if len(data) > 0 && !longer {
		return nil, fmt.Errorf("%s: more entries than its name says", name)
	}
	return entries, nil
}

// memory keeps every hash of a tree, as tlog counts them.
type memory []tlog.Hash

func (m memory) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	found := make([]tlog.Hash, len(indexes))
	for i, index := range indexes {
		if index >= int64(len(m)) {
			return nil, errors.New("no such hash")
		}
		found[i] = m[index]
	}
	return found, nil
}

// whole recomputes the tree from all entries: the root must be the checkpoint's, and every tile must
// have exactly the bytes that follow. It gives the tree.
func (f *folder) whole() (memory, error) {
	var kept memory
	for first := int64(0); first < f.tree.N; first += 1 << height {
		entries, err := f.entries(first)
		if err != nil {
			return nil, err
		}
		for i, entry := range entries {
			hashes, err := tlog.StoredHashes(first+int64(i), entry, kept)
			if err != nil {
				return nil, err
			}
			kept = append(kept, hashes...)
		}
	}
	root, err := rootOf(f.tree.N, kept)
	if err != nil {
		return nil, err
	}
	if root != f.tree.Hash {
		return nil, errors.New("the entries do not give the root of the checkpoint")
	}
	for _, tile := range tlog.NewTiles(height, 0, f.tree.N) {
		// Older releases name a partial tile in each width that it had on the way.
		hashes := f.tree.N >> (height * tile.L)
		if tile.W < 1<<height && tile.N<<height+int64(tile.W) != hashes {
			continue
		}
		due, err := tlog.ReadTileData(tile, kept)
		if err != nil {
			return nil, err
		}
		stored, err := f.ReadTiles([]tlog.Tile{tile})
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(stored[0], due) {
			return nil, fmt.Errorf("%s is not what the entries give", path(tile))
		}
	}
	return kept, nil
}

// rootOf is tlog.TreeHash, which older releases do not have right for a tree without entries.
func rootOf(size int64, hashes tlog.HashReader) (tlog.Hash, error) {
	if size == 0 {
		return sha256.Sum256(nil), nil
	}
	return tlog.TreeHash(size, hashes)
}
