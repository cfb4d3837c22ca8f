# frozen_string_literal: true

module MailRoom
  # The configuration file: mailboxes, and what holds for the whole process.
  class Configuration
    autoload :Document, "mail_room/configuration/document"
    autoload :TemplateFailure, "mail_room/configuration/template_failure"

    # Keys at the top of the file.
    FIELDS = %i[mailboxes health_check shutdown_timeout].freeze

    # Keys below `health_check`.
    HEALTH_CHECK_FIELDS = %i[address port].freeze

    # @return [Array<Mailbox>]
    attr_accessor :mailboxes

    # @return [String, nil] kept for callers of gitlab-mail_room, which never sets it either
    attr_accessor :log_path

    # @return [Boolean] whether a file that cannot be loaded is only warned of
    attr_accessor :quiet

    # @return [HealthCheck, nil]
    attr_accessor :health_check

    # @return [Numeric] seconds in which deliveries under way may finish when the process ends
    attr_accessor :shutdown_timeout

    # @param options [Hash]
    # @option options [String] :config_path the file; without one there are no mailboxes
    # @option options [Array<String>] :leftover words of the command line that were no options: one of
    #   them may be the file that was meant
    # @option options [Boolean] :quiet with a file that cannot be loaded: write one line of JSON to
    #   standard output and go on without mailboxes, instead of raising
    # @raise [ConfigurationError] when the file cannot be loaded; the message begins with the path and
    #   names mailbox and key, never a secret
    def initialize(options = {})
      @path = options[:config_path]
      self.quiet = options.fetch(:quiet, false)
      forget

      @path ? load : notice("Configuration is missing", missing(options.fetch(:leftover, [])))
    rescue ConfigurationError => error
      raise unless quiet

      forget
      notice("Configuration could not be loaded", error.message)
    end

    # @param list [Array<Hash>, nil] settings of mailboxes; nil, as GitLab renders it when incoming
    #   mail is switched off, means none
    # @return [void]
    # @raise [ConfigurationError] when it is no list, a mailbox is not right, or a log file cannot be
    #   opened
    def set_mailboxes(list) # rubocop:disable Naming/AccessorMethodName -- its name in gitlab-mail_room
      raise ConfigurationError, "mailboxes must be a list, not #{list.class}" unless list.nil? || list.is_a?(Array)
      if list.to_a.empty?
        return notice("Configuration has no mailboxes", "mailboxes is empty, so there is nothing to watch")
      end

      list.each_with_index do |attributes, index|
        within("mailboxes[#{index}]") { add(Mailbox.new(attributes)) }
      end
      warn_of_duplicates
    end

    # @param attributes [Hash, nil] `address` and `port`
    # @return [void]
    # @raise [ConfigurationError] when it is no mapping, or not right
    def set_health_check(attributes) # rubocop:disable Naming/AccessorMethodName -- its name in gitlab-mail_room
      return unless attributes
      raise ConfigurationError, "health_check must be a mapping, not #{attributes.class}" unless attributes.is_a?(Hash)

      warn_of_unknown_health_check_keys(attributes)
      within("health_check") { self.health_check = HealthCheck.new(attributes) }
    end

    private

    def forget
      self.mailboxes = []
      self.health_check = nil
      self.shutdown_timeout = Coordinator::SHUTDOWN_TIMEOUT
    end

    def load
      within(@path) do
        settings = Document.new(@path).to_h
        warn_of_misspelled(settings.keys - FIELDS)
        read_shutdown_timeout(settings[:shutdown_timeout])
        set_health_check(settings[:health_check])
        set_mailboxes(settings[:mailboxes])
      end
    end

    def add(mailbox)
      Mailbox::LogFiles.new(mailbox).check
      mailboxes << mailbox
    end

    # Two watchers of one mailbox would each deliver every message.
    def warn_of_duplicates
      mailboxes.each_with_index.group_by { |mailbox, _| mailbox.identity }.each_value do |same|
        next if same.one?

        places = same.map { |_, index| "mailboxes[#{index}]" }
        notice("Configuration names a mailbox twice", "#{places * ' and '} are the same #{same.first.first.title}")
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
      return if seconds.nil?
      unless seconds.is_a?(Numeric) && seconds.positive? && seconds <= Float::MAX
        raise ConfigurationError, "shutdown_timeout must be a number of seconds above 0"
      end

      self.shutdown_timeout = seconds
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
    def notice(action, text)
      return Notice.warn([@path, text].compact.join(": ")) unless quiet

      Logger::Structured.new($stdout).warn({ action: action, error: Printable.text(text) })
    end
  end
end
