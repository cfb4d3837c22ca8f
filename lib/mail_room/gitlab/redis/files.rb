# frozen_string_literal: true

require "mail_room"

module MailRoom
  module GitLab
    class Redis
      # The files beside `gitlab.yml` that say where Redis is, each a template with a section for every environment.
      #
      # Source: GitLab's `lib/gitlab/redis/wrapper.rb`.
      class Files
        # The files, the first first, and the key below the environment where the settings are.
        SOURCES = [["redis.yml", "queues"], ["redis.queues.yml", nil], ["resque.yml", nil]].freeze

        # What Rails could also take from keys of their own.
        PARTS = %i[host port username password].freeze

        # @param folder [String]
        # @param environment [String]
        def initialize(folder, environment)
          @folder = folder
          @environment = environment
        end

        # @return [Redis] of the first file that says something
        # @raise [ConfigurationError] when one of them cannot be read; names it
        def read
          place, written = sources.find { |_, found| found }
          warn_of_unused(place, Keys.symbolize(written)) if written.is_a?(Hash)
          Redis.new(written, place || "Redis")
        end

        private

        # Those after the first that says something are not read, and may be anything.
        def sources
          SOURCES.lazy.map do |name, key|
            path = File.join(@folder, name)
            ["#{path}: #{[@environment, key].compact * '.'}", File.exist?(path) ? settings(path, key) : nil]
          end
        end

        def settings(path, key)
          section = Configuration::Template.new(path, empty: {}).to_h[@environment.to_sym]
          return section unless key

          Keys.symbolize(section)[key.to_sym] if section.is_a?(Hash)
        rescue ConfigurationError => error
          raise error.class, "#{path}: #{error.message}"
        end

        # In GitLab, too, these and what the program prints do not get as far as mail_room.
        def warn_of_unused(place, written)
          (PARTS & written.keys).each do |key|
            Notice.warn("#{place}.#{key} is passed over; write it into the url")
          end
          return unless written[:config_command]

          Notice.warn("#{place}.config_command is not run; write what it prints that mail_room needs into the file")
        end
      end
    end
  end
end
