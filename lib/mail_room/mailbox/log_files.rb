# frozen_string_literal: true

require "mail_room"

module MailRoom
  class Mailbox
    # Looks at start whether the log files of a mailbox can be written.
    class LogFiles
      # @param mailbox [Mailbox]
      def initialize(mailbox)
        @mailbox = mailbox
      end

      # @return [void]
      # @raise [ConfigurationError] when a file cannot be opened; names mailbox and key
      def check
        paths.each do |key, path|
          problem = problem_with(path) if path
          next unless problem

          raise ConfigurationError, "#{@mailbox.title}: #{key} #{path.to_s.inspect} cannot be opened: #{problem}"
        end
      end

      private

      def paths
        log = @mailbox.log_path_setting.setting
        mails = @mailbox.delivery_klass == Delivery::Logger ? Delivery::Logger::Options.new(@mailbox).log_path : nil
        key = @mailbox.log_path ? "log_path" : "delivery_options.log_path"
        { "logger.log_path" => (log unless %w[STDOUT STDERR].include?(log)),
          key => (mails unless mails.to_s.empty?) }
      end

      # A named pipe is left alone: opening one waits for its reader.
      def problem_with(path)
        return problem_with_folder(File.dirname(path)) unless File.exist?(path)
        return unless File.file?(path) || File.directory?(path)

        File.open(path, File::WRONLY | File::APPEND) { nil }
      rescue SystemCallError => error
        error.class.new.message
      end

      # The file is made when the first line is written: reading a configuration leaves nothing behind.
      def problem_with_folder(folder)
        raise Errno::ENOTDIR unless File.stat(folder).directory?
        raise Errno::EACCES unless File.writable?(folder)
      end
    end
  end
end
