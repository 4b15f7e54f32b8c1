import React, { useEffect, useState } from 'react'

type Props = { id: string; onSave?: (name: string) => void }

export function Profile({ id, onSave }: Props) {
  const [name, setName] = useState<string>('')
  const [error, setError] = useState(null)

  useEffect(() => {
    fetch(`/api/users/${id}`)
      .then((response) => response.json())
      .then((user) => setName(user.name))
      .catch((reason) => setError(reason))
  }, [])

  if (error) {
    return <div className="error">{String(error)}</div>
  }
  return (
    <form onSubmit={() => onSave && onSave(name)}>
      {name && <h1>Hello {name}</h1>}
      <input value={name} onChange={(event) => setName(event.target.value)} />
      <div dangerouslySetInnerHTML={{ __html: name }} />
      <a href="https://example.org" target="_blank">
        docs
      </a>
      <button type="submit" disabled>
        Save
      </button>
    </form>
  )
}
