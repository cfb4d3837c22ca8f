# frozen_string_literal: true

require "tmpdir"

# GitLab's configuration files in a folder of their own, with the folder for logs that an installation has.
module GitLabFiles
  SECTIONS = %w[incoming_email service_desk_email].freeze

  # @param text [String] of a gitlab.yml
  # @yieldparam path [String] of the file; the folder above is the Rails root
  def with_gitlab_yml(text)
    Dir.mktmpdir do |root|
      %w[config log].each { |folder| Dir.mkdir(File.join(root, folder)) }
      path = File.join(root, "config/gitlab.yml")
      File.write(path, text)
      yield path
    end
  end

  # @param text [String] of a gitlab.rb
  # @yieldparam path [String] of the file; the log lies beside it, and not below /var/log/gitlab
  def with_gitlab_rb(text)
    Dir.mktmpdir do |root|
      path = File.join(root, "gitlab.rb")
      logs = SECTIONS.map { |name| "gitlab_rails['#{name}_log_file'] = '#{root}/mail_room_json.log'\n" }
      File.write(path, [text, *logs].join("\n"))
      yield path
    end
  end

  # @param form [String] `gitlab.rb` or `gitlab.yml`
  def with_gitlab_file(form, text, &block)
    form == "gitlab.rb" ? with_gitlab_rb(text, &block) : with_gitlab_yml(text, &block)
  end
end

RSpec.configure { |config| config.include GitLabFiles, :gitlab_files }
