# frozen_string_literal: true

require "mail_room"
require "optparse"

module MailRoom
  # The command `mail_room`: reads its arguments and the configuration, runs the coordinator, and
  # turns signals and errors into an exit status.
  class CLI
    # @return [Configuration]
    attr_accessor :configuration

    # @return [Coordinator]
    attr_accessor :coordinator

    # @return [Hash] `:config_path`, `:quiet`, `:exit_error_format`, and without a `:config_path` what
    #   is `:leftover` of the arguments
    attr_accessor :options

    # Added to the number of a signal, this is the status a shell shows for a process it ended.
    SIGNALED = 128

    # What is done instead of watching mailboxes when its name is the first word: the class, and how it is used.
    COMMANDS = {
      "check" => [:Check, "check [-c FILE]"],
      "requeue" => [:Requeue, "requeue -c FILE"],
      "explain" => [:Explain, "explain -c FILE MAIL..."],
      "secret" => [:Secret, "secret write|edit|show"]
    }.freeze

    # @param args [Array<String>] of the command line
    # @return [#start] what the first word asks for, or else the daemon
    # @raise [SystemExit] see {#initialize}
    def self.command(args)
      name, = COMMANDS[args.first]
      name ? MailRoom.const_get(name).new(args.drop(1)) : new(args)
    end

    # What `-c` takes.
    CONFIG_FILES = "mail_room.yml, or GitLab's gitlab.yml or gitlab.rb"

    # What the help says of it.
    CONFIG_HELP = ["#{CONFIG_FILES}.", "Without it $#{GitLab::Installation::CONFIG_FILE}."].freeze

    # The options that every command has; each ends the process.
    #
    # @param parser [OptionParser]
    # @return [void]
    def self.define_help(parser)
      { %w[-h -? --help] => ["Show this text.", parser.method(:help)],
        ["--version"] => ["Show the version.", -> { "gitlab-mail_room-rs #{VERSION}" }] }
        .each do |names, (meaning, text)|
          parser.on_tail(*names, meaning) do
            puts text.call
            exit
          end
        end
    end

    # @param args [Array<String>] of the command line; what the options leave over does nothing
    # @raise [SystemExit] status 0 after `--help` and `--version`, 1 when arguments or configuration
    #   are not right, which was told by then
    def initialize(args)
      @options = {}
      @title = ["mail_room", *args].join(" ")
      # A daemon's output goes into a file or a pipe, where Ruby would hold lines back.
      $stdout.sync = true

      telling_errors do
        parse(args)
        # Before programs can be started: the configuration may do that.
        service_manager = ServiceManager.take(ENV)
        self.configuration = Configuration.new(options)
        self.coordinator = Coordinator.new(configuration.mailboxes, configuration.health_check,
                                           shutdown_timeout: configuration.shutdown_timeout,
                                           service_manager: service_manager)
      end
    end

    # Blocks until SIGINT or SIGTERM has ended everything gracefully; a second one ends the process
    # at once, with status 128 plus its number.
    #
    # @return [void]
    # @raise [SystemExit] status 1 after an error, which was told by then
    def start
      telling_errors do
        trap_signals
        # GitLab's check looks for mail_room in the output of ps.
        Process.setproctitle(@title)
        Native.return_memory # is for the whole process, and therefore only where that is ours
        coordinator.run
        leave_stuck_threads
      end
    end

    private

    def parse(args)
      refuse_misspelled(args.first.to_s)
      leftover = []
      # Word by word: options behind the name of a command are those of the command.
      leftover += parser.order(args) { |word| leftover << unless_command(word) }

      options[:config_path] ||= GitLab::Installation.named_by_environment
      options[:leftover] = leftover unless options[:config_path] || leftover.empty?
    rescue OptionParser::ParseError => error
      raise ConfigurationError, "#{error.message}; see mail_room --help"
    end

    # Nobody would notice that it became a daemon without mailboxes. Other words do nothing, such as those that
    # scripts pass behind --log-exit-as, of which one is like `explain`.
    def refuse_misspelled(word)
      return if word.start_with?("-") || CrashHandler::SUPPORTED_FORMATS.include?(word) || File.exist?(word)

      command = Keys.nearest(word, COMMANDS.keys)
      return unless command

      raise ConfigurationError, "unknown command #{word.inspect}, did you mean #{command}?"
    end

    def unless_command(word)
      _, usage = COMMANDS[word]
      usage ? raise(ConfigurationError, "write #{word} first: mail_room #{usage}") : word
    end

    def parser
      OptionParser.new do |parser|
        parser.banner = "Watches inboxes and hands every new message to an application.\n\n" \
                        "Usage: mail_room [-c FILE] [-q] [--log-exit-as FORMAT]\n       " \
                        "mail_room check [-c FILE], see mail_room check --help\n       " \
                        "mail_room requeue -c FILE, see mail_room requeue --help\n       " \
                        "mail_room explain -c FILE MAIL..., see mail_room explain --help\n       " \
                        "mail_room secret write|edit|show, see mail_room secret --help"
        define_options(parser)
        self.class.define_help(parser)
      end
    end

    def define_options(parser)
      parser.on("-c", "--config FILE", *CONFIG_HELP) { |path| options[:config_path] = path }
      parser.on("-q", "--quiet", "Warn of what is wrong in the configuration, and go on without it.") do
        options[:quiet] = true
      end
      parser.on("--log-exit-as [FORMAT]", "How to tell a fatal error: plain (default) or json.") do |format|
        options[:exit_error_format] = exit_format(format)
      end
    end

    # A word that is no format is left over like any other: scripts pass all sorts of things here.
    def exit_format(format)
      return format if format.nil? || CrashHandler::SUPPORTED_FORMATS.include?(format)

      Notice.warn("--log-exit-as #{format.inspect} is unknown, using plain")
      "plain"
    end

    def trap_signals
      %w[INT TERM].each { |name| Signal.trap(name) { |number| stop(number) } }
    end

    # Runs in a trap handler: no lock, no log.
    def stop(number)
      exit!(SIGNALED + number) if @stopping

      @stopping = true
      coordinator.stop
    end

    # Ruby waits without limit for its threads to end, and one that sits in a system call, such as a
    # name lookup of a Ruby delivery, would keep the process from ending.
    def leave_stuck_threads
      return if coordinator.watchers.none?(&:running?)

      [$stdout, $stderr].each(&:flush)
      exit!(0)
    end

    def telling_errors
      yield
    rescue SystemExit, SignalException
      raise
    rescue Exception => error # rubocop:disable Lint/RescueException -- whatever ends the process is told
      CrashHandler.new.handle(error, options[:exit_error_format])
      exit(1)
    end
  end
end
