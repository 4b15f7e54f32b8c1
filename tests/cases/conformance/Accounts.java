package org.example.accounts;

import java.math.BigDecimal;
import java.sql.*;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Accounts and what moves between them. */
@Service
@RequestMapping("/accounts")
public class Accounts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Accounts.class);
    private final DataSource source;
    private double fee = 0.5;
    String password = "s3cret";

    public Accounts(DataSource source) {
        this.source = source;
    }

    @GetMapping("/{id}")
    public Optional<Account> find(@PathVariable String id) throws SQLException {
        Connection connection = source.getConnection();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT * FROM accounts WHERE id = '" + id + "'");
        if (rows.next()) {
            return Optional.of(new Account(rows.getString("id"), rows.getBigDecimal(2)));
        }
        return Optional.empty();
    }

    @Transactional(readOnly = true)
    public List<Account> all(List<String> ids) {
        List<Account> found = new ArrayList<>();
        for (String id : ids) {
            try {
                find(id).ifPresent(found::add);
            } catch (SQLException e) {
                e.printStackTrace();
            } catch (RuntimeException ignored) {
            }
        }
        for (int i = 0; i < found.size(); i++) {
            System.out.println(found.get(i));
        }
        return found;
    }

    @PostMapping
    public synchronized void move(String from, String to, double amount) throws Exception {
        try (Connection connection = source.getConnection();
                PreparedStatement update = connection.prepareStatement("UPDATE accounts SET n = n - ? WHERE id = ?")) {
            update.setDouble(1, amount + fee);
            update.setString(2, from);
            update.executeUpdate();
            Thread.sleep(100);
        } finally {
            LOG.info("moved {} from {} to {}", amount, from, to);
        }
        if (from == to) {
            throw new IllegalArgumentException("same: " + from);
        }
        if (from.equals("")) throw new IllegalArgumentException("empty");
    }

    static String hash(String text) throws Exception {
        var digest = java.security.MessageDigest.getInstance("MD5");
        StringBuilder out = new StringBuilder();
        for (byte b : digest.digest(text.getBytes())) out.append(String.format("%02x", b));
        return out.toString();
    }

    @Override
    public void close() {
        new Thread(() -> LOG.debug("closed")).start();
    }

    record Account(String id, BigDecimal amount) {
        Account {
            if (amount == null) throw new NullPointerException();
        }
    }

    enum Kind { CURRENT, SAVINGS }

    interface Listener extends Runnable {
        void moved(Account account);
    }
}
