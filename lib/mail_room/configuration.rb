# frozen_string_literal: true

require "mail_room"

module MailRoom
  # The configuration file: mailboxes, and what holds for the whole process.
  class Configuration
    autoload :Document, "mail_room/configuration/document"
    autoload :Evaluation, "mail_room/configuration/evaluation"
    autoload :Template, "mail_room/configuration/template"
    autoload :TemplateFailure, "mail_room/configuration/template_failure"

    # Keys at the top of the file.
    FIELDS = %i[mailboxes health_check shutdown_timeout].freeze

    # Keys below `health_check`.
    HEALTH_CHECK_FIELDS = %i[address port].freeze

    # @return [Array<Mailbox>]
    attr_accessor :mailboxes

    # @return [String, nil] kept for callers of gitlab-mail_room, which never sets it either
    attr_accessor :log_path

    # @return [Boolean] whether what cannot be loaded is only warned of
    attr_accessor :quiet

    # @return [HealthCheck, nil]
    attr_accessor :health_check

    # @return [Document, nil] the file; nil without one
    attr_reader :document

    # @return [Numeric] seconds in which deliveries under way may finish when the process ends
    attr_accessor :shutdown_timeout

    # @param options [Hash]
    # @option options [String] :config_path the file; without one there are no mailboxes
    # @option options [Array<String>] :leftover words of the command line that were no options: one of
    #   them may be the file that was meant
    # @option options [Boolean] :quiet go on without what cannot be loaded, be it a mailbox or the whole
    #   file, and write one line of JSON to standard output for each, instead of raising
    # @option options [#call] :listener gets the action and the text of each such line instead, without the path
    # @option options [Boolean] :log_files whether log files have to be there to be opened (true)
    # @raise [ConfigurationError] when the file cannot be loaded; the message begins with the path and
    #   names mailbox and key, never a secret
    def initialize(options = {})
      @path = options[:config_path]
      @listener = options[:listener]
      @log_files = options.fetch(:log_files, true)
      self.quiet = options.fetch(:quiet, false)
      self.mailboxes = []
      self.shutdown_timeout = Coordinator::SHUTDOWN_TIMEOUT

      @path ? within(@path) { load } : notice("Configuration is missing", missing(options.fetch(:leftover, [])))
    end

    # @param list [Array<Hash>, nil] settings of mailboxes; nil, as GitLab renders it when incoming
    #   mail is switched off, means none
    # @return [void]
    # @raise [ConfigurationError] when it is no list, or, unless {#quiet}, when a mailbox is not right or
    #   a log file cannot be opened
    def set_mailboxes(list) # rubocop:disable Naming/AccessorMethodName -- its name in gitlab-mail_room
      raise ConfigurationError, "mailboxes must be a list, not #{list.class}" unless list.nil? || list.is_a?(Array)

      if list.to_a.empty?
        why = @document ? @document.emptiness : Document::EMPTY
        return notice("Configuration has no mailboxes", "#{why}, so there is nothing to watch")
      end

      warn_of_duplicates(list.filter_map.with_index { |attributes, index| add(place(index), attributes) })
    end

    # @param attributes [Hash, Array<Hash>, nil] `address` and `port`, perhaps as the only entry of a list,
    #   as the README of gitlab-mail_room shows it
    # @return [void]
    # @raise [ConfigurationError] when it is no mapping, or not right
    def set_health_check(attributes) # rubocop:disable Naming/AccessorMethodName -- its name in gitlab-mail_room
      attributes = attributes.first if attributes.is_a?(Array) && attributes.one?
      return unless attributes
      raise ConfigurationError, "health_check must be a mapping, not #{attributes.class}" unless attributes.is_a?(Hash)

      warn_of_unknown_health_check_keys(attributes)
      within("health_check") { self.health_check = HealthCheck.new(attributes) }
    end

    private

    # One part that is wrong does not take the others with it.
    def load
      document = Document.new(@path)
      settings = tolerating { document.to_h { |error| tolerating { raise error } } } || return

      @document = document
      warn_of_misspelled(settings.keys - FIELDS)
      tolerating { read_shutdown_timeout(settings[:shutdown_timeout]) }
      tolerating { set_health_check(settings[:health_check]) }
      tolerating { set_mailboxes(settings[:mailboxes]) }
    end

    def place(index)
      @document ? @document.place(index) : Document.place(index)
    end

    def tolerating
      yield
    rescue ConfigurationError => error
      raise unless quiet

      notice("Configuration could not be loaded", error.message)
    end

    # @return [Array, nil] the mailbox and its place; nil when it was left out
    def add(place, attributes)
      tolerating do
        within(place) do
          mailbox = Mailbox.new(attributes)
          Mailbox::LogFiles.new(mailbox).check if @log_files
          mailboxes << mailbox
          [mailbox, place]
        rescue ConfigurationError => error
          raise error.class, @document ? @document.in_its_words(place, error.message) : error.message
        end
      end
    end

    # Two watchers of one mailbox would each deliver every message.
    def warn_of_duplicates(placed)
      placed.group_by { |mailbox, _| mailbox.identity }.each_value do |same|
        next if same.one?

        notice("Configuration names a mailbox twice",
               "#{same.map(&:last) * ' and '} are the same #{same.first.first.title}")
      end
    end

    def warn_of_unknown_health_check_keys(attributes)
      Keys.unknown(attributes.keys, HEALTH_CHECK_FIELDS).each do |key, hint|
        notice("Configuration has an unknown key",
               "unknown key health_check.#{key}#{", did you mean #{hint}?" if hint}")
      end
    end

    def missing(leftover)
      file = leftover.find { |word| File.file?(word) }
      "no file was given, so there are no mailboxes to watch#{" (did you mean -c #{file}?)" if file}"
    end

    def read_shutdown_timeout(seconds)
      self.shutdown_timeout = Coordinator.shutdown_timeout(seconds) unless seconds.nil?
    end

    # Only near misses: people keep YAML anchors under top keys of their own.
    def warn_of_misspelled(keys)
      keys.each do |key|
        nearest = Keys.nearest(key, FIELDS)
        next unless nearest

        notice("Configuration has an unknown key", "unknown key #{key.inspect}, did you mean #{nearest.inspect}?")
      end
    end

    def within(place)
      yield
    rescue ConfigurationError => error
      raise error.class, "#{place}: #{error.message}"
    end

    # A daemon started with --quiet has its standard output collected as JSON; without it, somebody
    # looks at standard error.
    #
    # @return [nil]
    def notice(action, text)
      return @listener.call(action, text) && nil if @listener

      text = [@path, text].compact.join(": ")
      return Notice.warn(text) unless quiet

      Logger::Structured.new($stdout).warn({ action: action, error: Printable.text(text) })
      nil
    end
  end
end
