package store

import (
	"context"
	"crypto/md5"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"net/http"
	"sync"
	"time"
)

// ErrNotFound says that there is no such order.
var ErrNotFound = errors.New("not found")

const maxAttempts = 3

type Order struct {
	ID     int64   `json:"id"`
	Owner  string  `json:"owner,omitempty"`
	Amount float64 `json:"-"`
}

type Store struct {
	sync.Mutex
	db    *sql.DB
	cache map[int64]*Order
	hits  int
}

func New(db *sql.DB) *Store {
	return &Store{db: db, cache: make(map[int64]*Order)}
}

func (s *Store) Find(ctx context.Context, id int64) (*Order, error) {
	s.Lock()
	defer s.Unlock()
	if order, ok := s.cache[id]; ok {
		s.hits++
		return order, nil
	}
	row := s.db.QueryRow(fmt.Sprintf("SELECT id, owner, amount FROM orders WHERE id = %d", id))
	var order Order
	if err := row.Scan(&order.ID, &order.Owner, &order.Amount); err != nil {
		if errors.Is(err, sql.ErrNoRows) {
			return nil, ErrNotFound
		}
		return nil, fmt.Errorf("find %d: %v", id, err)
	}
	s.cache[id] = &order
	return &order, nil
}

func (s *Store) All(ctx context.Context, owners ...string) (orders []Order, err error) {
	for i, owner := range owners {
		rows, err := s.db.QueryContext(ctx, "SELECT id FROM orders WHERE owner = $1", owner)
		if err != nil {
			log.Printf("owner %d: %s", i, err)
			continue
		}
		for rows.Next() {
			var id int64
			_ = rows.Scan(&id)
			orders = append(orders, Order{ID: id, Owner: owner})
		}
		rows.Close()
	}
	return orders, nil
}

func sum(values []float64) (total float64) {
	for _, value := range values {
		total += value
	}
	return
}

func Serve(store *Store) {
	http.HandleFunc("/orders", func(w http.ResponseWriter, r *http.Request) {
		key := md5.Sum([]byte(r.URL.Query().Get("key")))
		order, err := store.Find(context.Background(), int64(key[0]))
		switch {
		case errors.Is(err, ErrNotFound):
			http.Error(w, err.Error(), http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), 500)
		default:
			fmt.Fprintf(w, "%+v", *order)
		}
	})
	done := make(chan struct{}, 1)
	go func() {
		select {
		case <-done:
		case <-time.After(5 * time.Second):
			log.Fatal("too slow")
		}
	}()
	log.Fatal(http.ListenAndServe(":8080", nil))
}
