import java.io.*;
import java.util.*;

/** What java.util.Properties makes of random texts, and how it escapes: UTF-8 in hexadecimal digits. */
public class PropertiesTranscript {
    static String hex(String s) throws Exception {
        StringBuilder b = new StringBuilder();
        for (byte x : s.getBytes("UTF-8")) b.append(String.format("%02x", x));
        return b.length() == 0 ? "-" : b.toString();
    }
    public static void main(String[] a) throws Exception {
        Random random = new Random(Long.parseLong(a[0]));
        String[] pieces = {"a", "b", "key", "=", ":", " ", "\t", "\f", "\\", "\\\\", "\n", "\r", "\r\n", "#", "!", "\\n", "\\t", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\q", "\\=", "\\:", "\\ ", "\u00e9", "\u20ac", "1"};
        for (int line = 0; line < Integer.parseInt(a[1]); line++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(14); i >= 0; i--) text.append(pieces[random.nextInt(pieces.length)]);
            Properties p = new Properties();
            p.load(new StringReader(text.toString()));
            // Half of a pair of \\u escapes has no UTF-8.
            boolean halves = false;
            for (String key : p.stringPropertyNames())
                halves |= !java.nio.charset.StandardCharsets.UTF_8.newEncoder().canEncode(key + p.getProperty(key));
            if (halves) continue;
            StringBuilder out = new StringBuilder("load " + hex(text.toString()) + " ->");
            for (String key : new TreeSet<>(p.stringPropertyNames())) out.append(" ").append(hex(key)).append("=").append(hex(p.getProperty(key)));
            System.out.println(out);
            for (String key : new TreeSet<>(p.stringPropertyNames())) {
                Properties one = new Properties();
                one.setProperty(key, p.getProperty(key));
                ByteArrayOutputStream stored = new ByteArrayOutputStream();
                one.store(stored, null);
                String[] lines = stored.toString("ISO-8859-1").split("\n");
                System.out.println("store " + hex(key) + "=" + hex(p.getProperty(key)) + " -> " + hex(lines[lines.length - 1]));
            }
        }
    }
}
