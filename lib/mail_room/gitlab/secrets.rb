# frozen_string_literal: true

require "json"
require "mail_room"

module MailRoom
  module GitLab
    # The keys of GitLab's encrypted settings, from `config/secrets.yml`, or from the `gitlab-secrets.json` of the Linux
    # package.
    #
    # Source: lib/gitlab/mail_room.rb of GitLab; libraries/gitlab_rails.rb of the Linux package.
    class Secrets
      include Redaction::Opaque

      # Where the Linux package keeps the secrets of Rails, among those of other programs.
      PACKAGE_SECTION = :gitlab_rails

      # The section that holds for every environment.
      SHARED = :shared

      # @param path [String] secrets.yml, which may have ERB in it, or a file that ends in .json
      # @param environment [String] such as `production`
      # @return [Secrets] without keys when there is no such file
      # @raise [ConfigurationError] when the file cannot be read, or is no mapping; begins with the path and tells no
      #   value
      def self.load(path, environment)
        return new({}) unless File.exist?(path)

        package = path.to_s.end_with?(".json")
        content = package ? json(path) : Configuration::Template.new(path).to_h
        sections = package ? [PACKAGE_SECTION] : [SHARED, environment.to_sym]
        new(sections.map { |name| mapping(content[name] || {}, name) }.reduce(:merge))
      rescue ConfigurationError => error
        raise ConfigurationError, "#{path}: #{error.message}", cause: nil
      end

      def self.json(path)
        mapping(JSON.parse(Configuration::Template.read(path)), "the top level")
      rescue JSON::ParserError # which quotes the text
        raise ConfigurationError, "is no JSON"
      end
      private_class_method :json

      def self.mapping(value, name)
        return Keys.symbolize(value) if value.is_a?(Hash)

        raise ConfigurationError, "#{name} must be a mapping, not #{value.class}"
      end
      private_class_method :mapping

      # @param settings [Hash{Symbol => Object}]
      # @api private
      def initialize(settings)
        @settings = settings
      end

      # @return [String, nil] the key that files are written with; nil when encrypted settings are not set up
      def encrypted_settings_key_base
        keys(:encrypted_settings_key_base).first
      end

      # @return [Array<String>] older keys, which open files that were written before
      def rotated_encrypted_settings_key_base
        keys(:rotated_encrypted_settings_key_base)
      end

      private

      def keys(name)
        Array(@settings[name]).map(&:to_s).reject(&:empty?)
      end
    end
  end
end
