# frozen_string_literal: true

require "mail_room"

module MailRoom
  module GitLab
    # The installation that a `gitlab.yml` describes, which lies in the folder `config` of the Rails root. ERB is
    # evaluated first.
    class Yml < Installation
      # What Rails calls its environments.
      ENVIRONMENTS = %i[production development test staging].freeze

      # Keys that a section of an environment has.
      KEYS = [*Section::NAMES.map(&:to_sym), :gitlab].freeze

      # @param document [Hash] the mapping at the top of a file
      # @return [Boolean] whether it is that of a `gitlab.yml`: has an environment, or what environments have
      def self.like?(document)
        document.any? do |key, section|
          [*ENVIRONMENTS, *KEYS].include?(key) ||
            (section.is_a?(Hash) && Keys.symbolize(section).keys.intersect?(KEYS))
        end
      end

      # @param path [String]
      # @param document [Hash{Symbol => Object}, nil] the mapping at the top of the file, when it was read already
      # @raise [ConfigurationError] when it cannot be read, or does not have the current environment
      def initialize(path, document = nil)
        super(path)
        @document = document || Configuration::Template.new(path).to_h
        @folder = File.dirname(File.expand_path(path))
        @root = File.dirname(@folder)
        @environment = rails_environment || (sections & ENVIRONMENTS == [:production] ? "production" : "development")
        @settings = settings
      end

      # (see Installation#sender)
      def sender
        below(:gitlab)[:email_from]&.to_s
      end

      private

      # Keys that begin with a dot, or hold no mapping, are where people keep YAML anchors.
      def sections
        @document.keys.select { |key| @document[key].is_a?(Hash) && !key.to_s.start_with?(".") }
      end

      def settings
        refuse_other_files
        written = @document.fetch(@environment.to_sym) do
          others = sections.any? ? ", only #{sections * ', '}" : ""
          raise ConfigurationError, "there is no section #{@environment}#{others}; RAILS_ENV says which one counts"
        end
        mapping(written || {}, @environment)
      end

      def refuse_other_files
        if @document.key?(:mailboxes)
          raise ConfigurationError, "has mailboxes, so it is a mail_room.yml, where a gitlab.yml is needed"
        end

        misplaced = KEYS.find { |key| @document.key?(key) }
        return unless misplaced && sections.none? { |key| ENVIRONMENTS.include?(key) }

        raise ConfigurationError, "#{misplaced} stands at the top; it belongs below an environment, such as production"
      end

      def make_section(name)
        written = @settings[name.to_sym]
        Section.new(name, mapping(written, place(name)), root: root, place: ->(key) { place(name, key) }) if written
      end

      def place(name, key = nil)
        [@environment, name, key].compact * "."
      end

      def host
        host = below(:gitlab)[:host]
        host.to_s unless host.to_s.empty?
      end

      def redis
        Redis::Files.new(@folder, @environment).read
      end

      def encrypted_folder
        folder_of(:encrypted_settings, File.join(folder_of(:shared, "shared"), "encrypted_settings"))
      end

      def folder_of(key, default)
        GitLab.absolute(below(key)[:path] || default, root, "#{@environment}.#{key}.path")
      end

      def secrets_path
        given = ENV.fetch(SECRETS_FILE, "")
        given.empty? ? File.join(@folder, "secrets.yml") : GitLab.absolute(given, root, SECRETS_FILE)
      end

      def secrets_section
        @environment
      end

      def below(key)
        mapping(@settings[key] || {}, "#{@environment}.#{key}")
      end

      def mapping(written, place)
        return Keys.symbolize(written) if written.is_a?(Hash)

        raise ConfigurationError, "#{place} must be a mapping, not #{written.class}"
      end
    end
  end
end
