package main

import (
	"encoding/binary"
	"errors"

	"github.com/FerretDB/wire/wirebson"
)

// FerretDB hands no list of ids to PostgreSQL and looks through the whole collection for them, however long it has grown. MongoDB goes to each by its index. So each
// is asked for by itself, and their answers are made one.

// The questions for one document each that together are this one; none when it is no plain search by a list of ids.
func alone(question []byte) [][]byte {
	if name, _ := command(question); name != "find" || binary.LittleEndian.Uint32(question[header:]) != 0 {
		return nil
	}
	search, err := wirebson.RawDocument(question[body:]).Decode()
	if err != nil || search.Get("sort") != nil || search.Get("skip") != nil || search.Get("limit") != nil {
		return nil
	}
	filter, ids := listOf(search)
	var questions [][]byte
	for at := 0; ids != nil && at < ids.Len(); at++ {
		if filter.Replace("_id", ids.Get(at)) != nil || search.Replace("filter", filter) != nil {
			return nil
		}
		one, err := withBody(question, search)
		if err != nil {
			return nil
		}
		questions = append(questions, one)
	}
	return questions
}

// The filter of a search, and the ids that it lists.
func listOf(search *wirebson.Document) (*wirebson.Document, *wirebson.Array) {
	filter, err := decoded(search.Get("filter"))
	if err != nil {
		return nil, nil
	}
	condition, err := decoded(filter.Get("_id"))
	if err != nil || condition.Len() != 1 {
		return nil, nil
	}
	list, ok := condition.Get("$in").(wirebson.AnyArray)
	if !ok {
		return nil, nil
	}
	ids, err := list.Decode()
	if err != nil {
		return nil, nil
	}
	return filter, ids
}

// One answer with what all of them have found; the first that is no answer to a search is all that is told.
func together(answers [][]byte) ([]byte, error) {
	found := wirebson.MakeArray(len(answers))
	for _, answer := range answers {
		_, _, batch, err := batchOf(answer)
		if err != nil {
			return answer, nil
		}
		for at := range batch.Len() {
			if err := found.Add(batch.Get(at)); err != nil {
				return nil, err
			}
		}
	}
	reply, cursor, _, err := batchOf(answers[0])
	if err != nil {
		return nil, err
	}
	if err := errors.Join(cursor.Replace("firstBatch", found), reply.Replace("cursor", cursor)); err != nil {
		return nil, err
	}
	return withBody(answers[0], reply)
}

func batchOf(answer []byte) (reply, cursor *wirebson.Document, batch *wirebson.Array, err error) {
	if len(answer) < body {
		return nil, nil, nil, errors.New("too short")
	}
	if reply, err = wirebson.RawDocument(answer[body:]).Decode(); err != nil {
		return
	}
	if cursor, err = decoded(reply.Get("cursor")); err != nil {
		return
	}
	list, ok := cursor.Get("firstBatch").(wirebson.AnyArray)
	if !ok {
		return nil, nil, nil, errors.New("no batch")
	}
	batch, err = list.Decode()
	return
}

func decoded(value any) (*wirebson.Document, error) {
	document, ok := value.(wirebson.AnyDocument)
	if !ok {
		return nil, errors.New("no document")
	}
	return document.Decode()
}

// The message with another document in it.
func withBody(message []byte, document *wirebson.Document) ([]byte, error) {
	raw, err := document.Encode()
	if err != nil {
		return nil, err
	}
	made := append(append(make([]byte, 0, body+len(raw)), message[:body]...), raw...)
	binary.LittleEndian.PutUint32(made, uint32(len(made)))
	return made, nil
}
