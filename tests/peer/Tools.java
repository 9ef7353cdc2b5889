import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.kafka.common.utils.Exit;

/**
 * Kafka's shell tools in one virtual machine, told what to do line by line on standard input.
 *
 * A line is a command and key=value arguments, separated by tabs. "run" has main (the tool's class), input (for its
 * standard input) and any number of arg, with "\n", "\t" and "\\" for a line's end, a tab and a backslash. "start" is
 * the same for a tool that goes on, and has a name; "stop" with that name does what an interrupt in a terminal would.
 * Both "run" and "stop" wait so many milliseconds as "within" says, and are answered with "status" and the exit status,
 * "out" and "err" with the lines that the tool printed, and then "ok". "failed", a kind and a message is the answer
 * when there is no such tool or when it does not end.
 */
public final class Tools {
  /** What a tool meets in place of the end of the virtual machine. */
  private static final class Ended extends Error {
    private static final long serialVersionUID = 1L;

    private Ended() {
      super("exit", null, false, false);
    }
  }

  /** A tool that runs: its threads know it, as they inherit it from the one that it was started on. */
  private static final class Tool {
    private static final InheritableThreadLocal<Tool> CURRENT = new InheritableThreadLocal<>();

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<Runnable> hooks = new ArrayList<>();
    private Integer status;
    /** Who has ended the tool: what else that thread prints would never have been printed. */
    private Thread silenced;
    private Thread thread;

    /** The first end counts: some tools catch what is thrown here, complain of it, and end once more. */
    private synchronized void end(int exitStatus) {
      if (status == null) {
        status = exitStatus;
      }
      silenced = Thread.currentThread();
      throw new Ended();
    }

    private synchronized void write(ByteArrayOutputStream target, byte[] bytes, int from, int length) {
      if (Thread.currentThread() != silenced) {
        target.write(bytes, from, length);
      }
    }

    private void start(Method main, String[] args) {
      thread = new Thread(() -> {
        CURRENT.set(this);
        try {
          main.invoke(null, (Object) args);
        } catch (InvocationTargetException e) {
          failed(e.getCause());
        } catch (IllegalAccessException e) {
          throw new IllegalStateException(e);
        }
        runHooks();
      }, "main");
      thread.setDaemon(true);
      thread.start();
    }

    /** As the virtual machine does with an exception that leaves main. */
    private void failed(Throwable thrown) {
      if (!(thrown instanceof Ended)) {
        thrown.printStackTrace();
        synchronized (this) {
          status = 1;
        }
      }
    }

    /** What the tool wanted to happen at the end of the virtual machine: some say there what they have done. */
    private void runHooks() {
      synchronized (this) {
        silenced = null;
      }
      List<Runnable> all;
      synchronized (hooks) {
        all = List.copyOf(hooks);
        hooks.clear();
      }
      all.forEach(Runnable::run);
    }

    private void await(long within, PrintStream answers) throws InterruptedException {
      thread.join(within);
      String printed = out.toString(StandardCharsets.UTF_8);
      String complained = err.toString(StandardCharsets.UTF_8);
      if (thread.isAlive()) {
        thread.interrupt();
        throw new IllegalStateException("no end within " + within + " ms; printed: " + printed + complained);
      }
      answers.println("status\t" + (status == null ? 0 : status));
      printed.lines().forEach(line -> answers.println("out\t" + line));
      complained.lines().forEach(line -> answers.println("err\t" + line));
    }
  }

  /** A stream that belongs to whichever tool writes to it; to none, nothing is kept. */
  private static final class Switch extends OutputStream {
    private final Function<Tool, ByteArrayOutputStream> target;

    private Switch(Function<Tool, ByteArrayOutputStream> target) {
      this.target = target;
    }

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      Tool tool = Tool.CURRENT.get();
      if (tool != null) {
        tool.write(target.apply(tool), bytes, from, length);
      }
    }
  }

  private final PrintStream answers = new PrintStream(System.out, false, StandardCharsets.UTF_8);
  private final Map<String, Tool> started = new HashMap<>();

  public static void main(String[] args) throws Exception {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Tools tools = new Tools();
    System.setOut(new PrintStream(new Switch(tool -> tool.out), true, StandardCharsets.UTF_8));
    System.setErr(new PrintStream(new Switch(tool -> tool.err), true, StandardCharsets.UTF_8));
    Exit.setExitProcedure((status, message) -> Tool.CURRENT.get().end(status));
    Exit.setHaltProcedure((status, message) -> Tool.CURRENT.get().end(status));
    Exit.setShutdownHookAdder((name, hook) -> {
      List<Runnable> hooks = Tool.CURRENT.get().hooks;
      synchronized (hooks) {
        hooks.add(hook);
      }
    });
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      try {
        tools.answer(line.split("\t", -1));
        tools.answers.println("ok");
      } catch (Exception e) {
        String message = String.valueOf(e.getMessage()).replace('\n', ' ');
        tools.answers.println("failed\t" + e.getClass().getSimpleName() + "\t" + message);
      }
      tools.answers.flush();
    }
    Runtime.getRuntime().halt(0);
  }

  private void answer(String[] fields) throws Exception {
    Map<String, String> told = new HashMap<>();
    List<String> args = new ArrayList<>();
    for (int at = 1; at < fields.length; at++) {
      int equals = fields[at].indexOf('=');
      String key = fields[at].substring(0, equals);
      String value = unescaped(fields[at].substring(equals + 1));
      if (key.equals("arg")) {
        args.add(value);
      } else {
        told.put(key, value);
      }
    }
    switch (fields[0]) {
      case "run" -> start(told, args).await(Long.parseLong(told.get("within")), answers);
      case "start" -> started.put(told.get("name"), start(told, args));
      case "stop" -> {
        Tool tool = started.remove(told.get("name"));
        new Thread(tool::runHooks).start();
        tool.await(Long.parseLong(told.get("within")), answers);
      }
      default -> throw new IllegalArgumentException("no such command: " + fields[0]);
    }
  }

  private static Tool start(Map<String, String> told, List<String> args) throws Exception {
    Method main = Class.forName(told.get("main")).getMethod("main", String[].class);
    System.setIn(new ByteArrayInputStream(told.get("input").getBytes(StandardCharsets.UTF_8)));
    Tool tool = new Tool();
    tool.start(main, args.toArray(new String[0]));
    return tool;
  }

  private static String unescaped(String text) {
    StringBuilder plain = new StringBuilder();
    for (int at = 0; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '\\' && at + 1 < text.length()) {
        at++;
        c = switch (text.charAt(at)) {
          case 'n' -> '\n';
          case 't' -> '\t';
          default -> text.charAt(at);
        };
      }
      plain.append(c);
    }
    return plain.toString();
  }
}
