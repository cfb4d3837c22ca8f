# frozen_string_literal: true

require "json"
require "mail_room"
require "optparse"
require "stringio"

module MailRoom
  # The command `mail_room explain`: tells of messages in files what GitLab will do with them, and why.
  class Explain
    autoload :Addresses, "mail_room/explain/addresses"
    autoload :Report, "mail_room/explain/report"
    autoload :Shown, "mail_room/explain/shown"

    # What programs get of a message, in this order.
    FIELDS = %i[file mailbox auto_generated mail_key header value handler error project_id project_slug project_path
                token issue_iid differs_from_gitlab].freeze

    # The values of `--format`.
    FORMATS = Choice.new("explain: --format", available: %w[text json])

    # Where GitLab has what the options say.
    NAMES = { address: "incoming_email.address", service_desk_address: "service_desk_email.address",
              host: "gitlab.host" }.freeze

    BANNER = <<~TEXT
      Tells what GitLab will do with messages, and why.

      Usage: mail_room explain --config FILE [--format text|json] MAIL...
             mail_room explain --address ADDRESS [--service-desk-address ADDRESS] [--host HOST]
                               [--format text|json] MAIL...

      Each MAIL is a file with one message; - is standard input.
    TEXT
    private_constant :NAMES, :BANNER

    # Stands for standard input among the files.
    STDIN_NAME = "-"

    # Bytes read of a file. The headers decide, and no server takes so many of them.
    MOST = 64 * 1024 * 1024

    # The status a shell has after SIGINT.
    INTERRUPTED = 130

    # @param args [Array<String>] of the command line, without the word itself
    # @raise [SystemExit] status 0 after `--help`, 1 when arguments or configuration are not right, which was
    #   told by then
    def initialize(args)
      @given = {}
      @format = "text"
      # What a shell passes are bytes: a file may have any name.
      read(args.map(&:b))
    rescue OptionParser::ParseError => error
      Notice.fail_with("explain: #{error.message}; see mail_room explain --help")
    rescue ConfigurationError => error
      Notice.fail_with(error.message)
    end

    # Explains every file. One that cannot be read does not hold up the others.
    #
    # @return [void]
    # @raise [SystemExit] status 1 when a file could not be read
    def start
      $stdout.binmode # UTF-8, whatever the locale
      exit(1) unless @files.map { |file| explain(file) }.all?
    rescue Interrupt
      exit(INTERRUPTED)
    end

    private

    def read(args)
      @files = parser.parse(args)
      check_files
      check_given
      @addresses = @path ? Addresses.configured(@path) : Addresses.given(**@given)
    end

    def check_files
      raise ConfigurationError, "explain: name the files to explain, or - for standard input" if @files.empty?
      return if @files.count(STDIN_NAME) < 2

      raise ConfigurationError, "explain: standard input (-) can be read only once"
    end

    def check_given
      if @path && @given.any?
        raise ConfigurationError, "explain: the addresses are those of --config, or are given, but not both"
      end

      @path ||= GitLab::Installation.named_by_environment if @given.empty?
      return if @path || @given.key?(:address) || @given.key?(:service_desk_address)

      raise ConfigurationError, "explain: the address is missing, use --address ADDRESS or --config FILE"
    end

    def parser
      OptionParser.new do |parser|
        parser.banner = BANNER
        define_options(parser)
        CLI.define_help(parser)
      end
    end

    def define_options(parser)
      parser.on("-c", "--config FILE", "#{CLI::CONFIG_FILES}; says the addresses.") do |path|
        @path = utf8(path)
      end
      { address: "ADDRESS", service_desk_address: "ADDRESS", host: "HOST" }.each do |name, value|
        parser.on("--#{name.to_s.tr('_', '-')} #{value}", "#{NAMES.fetch(name)} of gitlab.yml.") do |text|
          @given[name] = utf8(text)
        end
      end
      parser.on("--format FORMAT", "text (default), or json: an object per line.") do |format|
        @format = FORMATS.check(format)
      end
    end

    def utf8(text)
      text.dup.force_encoding(Encoding::UTF_8)
    end

    # @return [Boolean] whether the file could be read
    def explain(file)
      raw = contents(file)
      tell(file, *@addresses.explain(raw)) if raw
      !raw.nil?
    end

    # @return [String, nil] nil when it cannot be read, which was told then
    def contents(file)
      return copied($stdin.binmode) if file == STDIN_NAME

      File.open(file, "rb") { |opened| copied(opened) }
    rescue SystemCallError, IOError => error
      Notice.warn("#{file.empty? ? file.inspect : Shown.text(file)}: cannot be read: #{reason(error)}")
    end

    # Takes no more memory than there is to read, which a named pipe does not tell beforehand.
    def copied(source)
      StringIO.new("".b).tap { |copy| IO.copy_stream(source, copy, MOST) }.string
    end

    def tell(file, incoming_email, told)
      if @format == "json"
        line = { file: Printable.text(file), **told[:route] }
        Output.write("explain", "#{JSON.generate(FIELDS.to_h { |field| [field, line[field]] })}\n")
      else
        Output.write("explain", "#{"\n" if @told}#{Report.new(file, incoming_email, told)}")
      end
      @told = true
    end

    # Without the name of the file, which may have any characters.
    def reason(error)
      error.is_a?(SystemCallError) ? error.class.new.message : error.message
    end
  end
end
