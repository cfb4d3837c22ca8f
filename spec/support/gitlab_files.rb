# frozen_string_literal: true

require "base64"
require "fileutils"
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
  # @yieldparam path [String] of the file; the package is installed beside it, not in /opt, with its log and
  #   its encrypted files
  def with_gitlab_rb(text)
    Dir.mktmpdir do |folder|
      path = File.join(folder, "gitlab.rb")
      File.write(path, "#{text}\npackage['install-dir'] = mailroom['log_directory'] = '#{folder}'\n" \
                       "gitlab_rails['encrypted_settings_path'] = '#{folder}'\n")
      rails = FileUtils.mkdir_p(File.join(folder, "embedded/service/gitlab-rails")).first
      SECTIONS.each do |name|
        File.write(File.join(rails, ".gitlab_#{name}_secret"), "#{Base64.strict_encode64(name.ljust(32))}\n")
      end
      yield path
    end
  end

  # @param form [String] `gitlab.rb` or `gitlab.yml`
  def with_gitlab_file(form, text, &)
    form == "gitlab.rb" ? with_gitlab_rb(text, &) : with_gitlab_yml(text, &)
  end
end

RSpec.configure { |config| config.include GitLabFiles, :gitlab_files }
