import java.io.IOException;
import java.io.OutputStream;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * An echo client on Java's own TLS: JavaPeer port=8443 [version=TLSv1.2] [bytes=64] [cycles=1] [weave=0|1|2]
 * [connections=1] [suites=A,B] [sni=NAME] [defaults=0|1].
 *
 * <p>In each cycle it calls startHandshake on the open connection, which sends a ClientHello and returns, and then
 * writes. With weave=1 it writes at once, so that the data leaves under the old keys, between the messages of the
 * handshake; with weave=0 it first lets a read finish the handshake. With weave=2 it writes on one thread and reads on
 * another: Java then at times sends data between its ChangeCipherSpec and its Finished, which servers must refuse.
 * Later connections offer the session of the first. With defaults=1 it offers what Java offers unless told otherwise,
 * and version has no effect.
 */
public final class JavaPeer {
    private static final class AnyCertificate implements X509TrustManager {
        @Override public void checkClientTrusted(X509Certificate[] chain, String type) {}
        @Override public void checkServerTrusted(X509Certificate[] chain, String type) {}
        @Override public X509Certificate[] getAcceptedIssuers() { return new X509Certificate[0]; }
    }

    private final Map<String, String> options = new HashMap<>();
    private int place;

    private JavaPeer(String[] args) {
        for (String arg : args) {
            String[] pair = arg.split("=", 2);
            options.put(pair[0], pair[1]);
        }
    }

    private int number(String key, int otherwise) {
        return Integer.parseInt(options.getOrDefault(key, Integer.toString(otherwise)));
    }

    public static void main(String[] args) throws Exception {
        // Java keeps TLS 1.0, TLS 1.1 and small or old algorithms off by these two lists.
        if (!Arrays.asList(args).contains("defaults=1")) {
            Security.setProperty("jdk.tls.disabledAlgorithms", "");
            Security.setProperty("jdk.certpath.disabledAlgorithms", "");
        }
        try {
            new JavaPeer(args).run();
        } catch (IOException e) {
            System.out.println("done status=failed reason=" + e.getMessage());
            System.exit(1);
        }
        System.out.println("done status=ok");
    }

    private void run() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new AnyCertificate()}, null);
        byte[] first = null;
        for (int i = 0; i < number("connections", 1); i++) {
            try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", number("port", 0))) {
                first = converse(socket, first);
            }
        }
    }

    /** Returns the session id that the connection began with. */
    private byte[] converse(SSLSocket socket, byte[] before) throws IOException {
        socket.setSoTimeout(number("timeout", 20) * 1000);
        socket.setTcpNoDelay(true);
        if (number("defaults", 0) == 0) socket.setEnabledProtocols(new String[] {options.getOrDefault("version", "TLSv1.2")});
        if (options.containsKey("sni")) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setServerNames(List.of(new SNIHostName(options.get("sni"))));
            socket.setSSLParameters(parameters);
        }
        if (options.containsKey("suites")) socket.setEnabledCipherSuites(options.get("suites").split(","));
        socket.startHandshake();
        byte[] id = socket.getSession().getId();
        System.out.printf("handshake version=%s cipher=%s resumed=%d%n", socket.getSession().getProtocol(),
            socket.getSession().getCipherSuite(), before != null && Arrays.equals(id, before) ? 1 : 0);
        int weave = number("weave", 0);
        echo(socket, number("bytes", 64), true);
        for (int i = 0; i < number("cycles", 1); i++) {
            socket.startHandshake();
            if (weave == 0) finish(socket);
            echo(socket, number("bytes", 64), weave != 1);
        }
        return id;
    }

    /** Lets Java read until the handshake under way is done; no data is due, so the read ends by its short timeout. */
    private void finish(SSLSocket socket) throws IOException {
        int timeout = socket.getSoTimeout();
        socket.setSoTimeout(500);
        try {
            if (socket.getInputStream().read() >= 0) throw new IOException("a byte that was never sent");
            throw new IOException("the server closed the connection");
        } catch (java.net.SocketTimeoutException expected) {
            socket.setSoTimeout(timeout);
        }
    }

    /**
     * Sends and awaits the echo. With a thread for writing no size is a deadlock. Lines read the same backwards, for
     * servers that reverse.
     */
    private void echo(SSLSocket socket, int bytes, boolean thread) throws IOException {
        byte[] out = new byte[bytes];
        for (int i = 0; i < bytes; i++, place++) {
            out[i] = (byte) (place % 64 == 63 ? '\n' : 'a' + place / 64 % 26);
        }
        OutputStream to = socket.getOutputStream();
        FutureTask<Void> writing = new FutureTask<>(() -> {
            to.write(out);
            return null;
        });
        if (thread) new Thread(writing).start();
        else writing.run();
        byte[] in = socket.getInputStream().readNBytes(bytes);
        try {
            writing.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IOException(e.getCause());
        }
        if (!Arrays.equals(in, out)) throw new IOException("the echo came back short or changed: " + in.length + " of " + bytes);
    }
}
