# frozen_string_literal: true

require "fileutils"
require "open3"
require "rbconfig"
require "tmpdir"

# What goes into the gem, whatever else lies in the checkout.
RSpec.describe "the files of the package" do
  root = File.expand_path("..", __dir__)

  # In a process of its own: the version is a constant.
  files = lambda do |folder|
    Open3.capture2(RbConfig.ruby, "-e", 'puts Gem::Specification.load("gitlab-mail_room-rs.gemspec").files',
                   chdir: folder).first.lines(chomp: true)
  end
  service_files = ->(folder) { files[folder].grep(%r{\Asupport/}) }

  it "have no password that somebody keeps beside a service file" do
    Dir.mktmpdir do |folder|
      FileUtils.cp_r(%w[gitlab-mail_room-rs.gemspec support].map { |name| File.join(root, name) }, folder)
      FileUtils.mkdir_p(File.join(folder, "lib/mail_room"))
      FileUtils.cp(File.join(root, "lib/mail_room/version.rb"), File.join(folder, "lib/mail_room"))
      Dir.glob(File.join(folder, "support/**/")).each do |place|
        FileUtils.touch(%w[incoming_email_password conf .secret mail.key].map { |name| File.join(place, name) })
      end
      expect(service_files[folder]).to match_array(service_files[root])
    end
  end

  it "are what an image is built from, file by file" do
    kept = File.readlines(File.join(root, "support/docker/Dockerfile.dockerignore"), chomp: true)
               .grep(/\A!support/).map { |line| line.delete_prefix("!") }
    expect(kept).to match_array(service_files[root])
  end

  it "have every service file there is" do
    tracked = IO.popen(%w[git ls-files support], chdir: root, &:readlines).map(&:chomp)
    skip "this is no checkout" if tracked.empty?
    expect(service_files[root]).to match_array(tracked.grep_v(%r{\Asupport/(?:demo/|environment\.sh\z)}))
  end
end
